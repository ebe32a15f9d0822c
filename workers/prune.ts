import { sql } from "#lib/db/sql.ts";

/** What our own tables may forget, and when. Everything that was done stays in the audit log for good. */
const RULES: readonly { table: string; where: string }[] = [
  { table: "reveal_grant", where: "expires_at < now() - interval '1 day'" },
  { table: "login_throttle", where: "updated_at < now() - interval '7 days'" },
  { table: "session", where: "expires_at < now() - interval '30 days'" },
  { table: "problem", where: "closed_at < now() - interval '90 days'" },
  {
    table: "deadletters_redrive_item",
    where:
      "redrive_id IN (SELECT id FROM deadletters_redrive WHERE finished_at < now() - interval '90 days')",
  },
  { table: "deadletters_redrive", where: "finished_at < now() - interval '400 days'" },
  // As long as the run is there its Idempotency-Key is known.
  { table: "action_run", where: "finished_at < now() - interval '400 days'" },
];

const BATCH = 5_000;

/** Deletes in batches, so that no transaction holds many locks. Returns how many rows went from each table. */
export async function prune(): Promise<Record<string, number>> {
  const removed: Record<string, number> = {};
  for (const { table, where } of RULES) {
    let total = 0;
    for (;;) {
      const { rowCount } = await sql.query(
        `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${where} LIMIT ${BATCH}))`,
      );
      total += rowCount ?? 0;
      if ((rowCount ?? 0) < BATCH) break;
    }
    removed[table] = total;
  }
  return removed;
}
