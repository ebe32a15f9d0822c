-- Every 25th charge was refunded within a day.
INSERT INTO payments (account_id, kind, status, amount, currency, order_reference, payer_email, card_last4, refund_of, description, created_at, finished_at)
SELECT account_id, 'refund', 'succeeded', amount, currency, 'REF-' || id, payer_email, card_last4, id, 'Refund to the card', at, at + interval '40 seconds'
FROM (SELECT *, created_at + interval '1 day' * random() AS at FROM payments WHERE kind = 'charge' AND status = 'succeeded' AND id % 25 = 0 OFFSET 0) AS charge
WHERE at < now();
