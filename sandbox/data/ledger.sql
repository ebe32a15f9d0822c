-- What the payments did to the accounts. The 1.5 % fee is the one of payments/money.ts.
INSERT INTO ledger_entries (payment_id, account_id, amount, created_at)
SELECT payments.id, entry.account_id, entry.amount, payments.finished_at
FROM payments
JOIN accounts AS bank ON bank.kind = 'bank' AND bank.currency = payments.currency
JOIN accounts AS fees ON fees.kind = 'fees' AND fees.currency = payments.currency
CROSS JOIN LATERAL (
  VALUES
    (payments.account_id, CASE payments.kind WHEN 'charge' THEN payments.amount - payments.amount * 15 / 1000 ELSE -payments.amount END),
    (bank.id, CASE payments.kind WHEN 'charge' THEN -payments.amount ELSE payments.amount END),
    (fees.id, CASE payments.kind WHEN 'charge' THEN payments.amount * 15 / 1000 ELSE 0 END)
) AS entry (account_id, amount)
WHERE payments.status = 'succeeded' AND entry.amount <> 0
ORDER BY payments.id;
