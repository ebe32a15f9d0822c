-- Merchants begin with what keeps them above zero and a little more; the bank holds the other side.
WITH moved AS (
  SELECT account_id, sum(amount)::bigint AS amount FROM ledger_entries GROUP BY account_id
)
UPDATE accounts SET carried_forward = greatest(0, -coalesce(moved.amount, 0)) + (random() * 500000)::bigint
FROM accounts AS same LEFT JOIN moved ON moved.account_id = same.id
WHERE accounts.id = same.id AND accounts.kind = 'merchant';

UPDATE accounts SET carried_forward = -(SELECT sum(carried_forward) FROM accounts AS theirs WHERE theirs.kind = 'merchant' AND theirs.currency = accounts.currency)
WHERE kind = 'bank';

UPDATE accounts SET balance = carried_forward + coalesce((SELECT sum(amount) FROM ledger_entries WHERE account_id = accounts.id), 0);
