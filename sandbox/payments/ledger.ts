import type { Client } from "../data/database.ts";

export interface Entry {
  accountId: bigint;
  amount: bigint;
}

/**
 * Books a payment's entries and moves the balances with them. Entries must sum to zero. Accounts are locked in the order of
 * their ids, so that two bookings never wait for each other. Returns false, and books nothing, when a merchant's balance
 * would fall below zero.
 */
export async function book(tx: Client, paymentId: bigint, entries: Entry[]): Promise<boolean> {
  const moved = entries.filter((entry) => entry.amount !== 0n);
  if (moved.reduce((sum, entry) => sum + entry.amount, 0n) !== 0n)
    throw new Error(`entries of payment ${paymentId} do not sum to zero`);
  const ids = moved.map((entry) => entry.accountId);
  const { rows } = await tx.query<{ id: bigint; kind: string; balance: bigint }>(
    "SELECT id, kind, balance FROM accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    [ids],
  );
  const after = new Map(rows.map((account) => [account.id, account]));
  for (const { accountId, amount } of moved) {
    const account = after.get(accountId);
    if (!account) throw new Error(`account ${accountId} does not exist`);
    account.balance += amount;
    if (account.kind === "merchant" && account.balance < 0n) return false;
  }
  await tx.query(
    `WITH entry AS (SELECT * FROM unnest($2::bigint[], $3::bigint[]) AS entry (account_id, amount)),
          written AS (INSERT INTO ledger_entries (payment_id, account_id, amount) SELECT $1, account_id, amount FROM entry)
     UPDATE accounts SET balance = balance + entry.amount FROM entry WHERE accounts.id = entry.account_id`,
    [paymentId, ids, moved.map((entry) => entry.amount)],
  );
  return true;
}
