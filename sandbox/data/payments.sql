-- 90 days of charges and withdrawals, oldest first: $1 payments, $2 merchants, $3 payers. Zipf by exp(random * ln(n)).
INSERT INTO payments (account_id, kind, status, amount, currency, order_reference, payer_email, card_last4, description, created_at, finished_at)
SELECT
  accounts.id,
  drawn.kind,
  drawn.status,
  CASE drawn.currency WHEN 'NGN' THEN 20000 + exp(drawn.size * 6) * 5000 ELSE 300 + exp(drawn.size * 5) * 60 END::bigint,
  drawn.currency,
  'ORD-' || lpad(to_hex(drawn.n * 2654435761 % 4294967296), 8, '0'),
  CASE drawn.kind WHEN 'charge' THEN payer.email END,
  CASE drawn.kind WHEN 'charge' THEN payer.last4 END,
  CASE drawn.kind WHEN 'charge' THEN 'Card payment at the web checkout' ELSE 'Withdrawal to the shop''s bank account' END,
  drawn.at,
  drawn.at + interval '40 seconds'
FROM (
  SELECT
    n,
    least($2, floor(exp(random() * ln($2::float8 + 1))))::bigint AS merchant,
    least($3, floor(exp(random() * ln($3::float8 + 1))))::int - 1 AS payer,
    CASE WHEN random() < 0.65 THEN 'charge' ELSE 'withdrawal' END AS kind,
    CASE WHEN random() < 0.97 THEN 'succeeded' ELSE 'failed' END AS status,
    CASE WHEN random() < 0.8 THEN 'NGN' ELSE 'USD' END AS currency,
    random() AS size,
    now() - interval '90 days' * (1 - n / $1::float8) AS at
  FROM generate_series(1, $1::bigint) AS n
  OFFSET 0
) AS drawn
JOIN accounts ON accounts.merchant_id = drawn.merchant AND accounts.currency = drawn.currency
JOIN payer ON payer.n = drawn.payer
ORDER BY drawn.n;
