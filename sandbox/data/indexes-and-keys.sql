-- Added after the load, which they would slow down threefold.

ALTER TABLE payments ADD FOREIGN KEY (account_id) REFERENCES accounts;
ALTER TABLE ledger_entries ADD FOREIGN KEY (payment_id) REFERENCES payments, ADD FOREIGN KEY (account_id) REFERENCES accounts;

-- There is no index on payments.payer_email, although support searches by it all day: the planted slow query.
CREATE INDEX payments_account_created_idx ON payments (account_id, created_at DESC);
CREATE INDEX payments_order_reference_idx ON payments (order_reference);
CREATE INDEX payments_pending_idx ON payments (created_at) WHERE status = 'pending';
CREATE INDEX payments_refund_of_idx ON payments (refund_of) WHERE refund_of IS NOT NULL;
ALTER TABLE payments ADD FOREIGN KEY (refund_of) REFERENCES payments ON DELETE SET NULL;
-- Left over from a report that nobody runs any more.
CREATE INDEX payments_currency_status_idx ON payments (currency, status);
CREATE INDEX ledger_entries_payment_idx ON ledger_entries (payment_id);
CREATE INDEX ledger_entries_account_idx ON ledger_entries (account_id, id);
