import { type Sql, sql } from "#lib/db/sql.ts";

/** Creates the day partitions that are due and drops those past their keep time. Returns one line per change. */
export async function maintainPartitions(now: Date, tx: Sql = sql): Promise<string[]> {
  const { rows } = await tx.query<{ change: string }>("SELECT maintain_partitions($1) AS change", [
    now,
  ]);
  return rows.map(({ change }) => change);
}

/** Forgets series that have no points left at any resolution. Bounded: the rest goes the next time. */
export async function removeEmptySeries(tx: Sql = sql, limit = 1_000): Promise<number> {
  const { rowCount } = await tx.query(
    `DELETE FROM series WHERE id IN (
       SELECT s.id FROM series s
       WHERE NOT EXISTS (SELECT FROM sample p WHERE p.series_id = s.id)
         AND NOT EXISTS (SELECT FROM sample_1m p WHERE p.series_id = s.id)
         AND NOT EXISTS (SELECT FROM sample_1h p WHERE p.series_id = s.id)
       LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return rowCount ?? 0;
}
