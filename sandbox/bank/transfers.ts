import { DatabaseSync } from "node:sqlite";

export type Verdict = { status: "accepted" } | { status: "rejected"; reason: string };

export interface TransferRow {
  reference: string;
  kind: "authorisation" | "payout";
  amount: string;
  currency: string;
}

const KEPT = 200_000;

/**
 * The bank's own record of transfers: a file apart from Harbour Pay's database, because the two may disagree, and because
 * the bank must recognise a reference again after everything was restarted.
 */
export function openTransfers(file: string) {
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS transfers (
      id INTEGER PRIMARY KEY,
      reference TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      amount TEXT NOT NULL,
      currency TEXT NOT NULL,
      status TEXT NOT NULL,
      reason TEXT,
      at TEXT NOT NULL
    );
  `);
  const insert = db.prepare(
    "INSERT OR IGNORE INTO transfers (reference, kind, amount, currency, status, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const select = db.prepare("SELECT status, reason FROM transfers WHERE reference = ?");
  const forget = db.prepare(
    "DELETE FROM transfers WHERE id <= (SELECT max(id) FROM transfers) - ?",
  );

  function find(reference: string): Verdict | null {
    const row = select.get(reference);
    if (!row) return null;
    return row.status === "accepted"
      ? { status: "accepted" }
      : { status: "rejected", reason: String(row.reason) };
  }

  return {
    find,
    /** Records a transfer with `verdict`, or answers the verdict it was given the first time. */
    record(row: TransferRow, verdict: Verdict): Verdict {
      const reason = verdict.status === "rejected" ? verdict.reason : null;
      const { lastInsertRowid, changes } = insert.run(
        row.reference,
        row.kind,
        row.amount,
        row.currency,
        verdict.status,
        reason,
        new Date().toISOString(),
      );
      if (changes === 0) return find(row.reference) ?? verdict;
      if (Number(lastInsertRowid) % 1_000 === 0) forget.run(KEPT);
      return verdict;
    },
    close: () => db.close(),
  };
}
