import { isStale, type Reading } from "#lib/core/reading.ts";
import type { Sql } from "#lib/db/sql.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";

/**
 * Tells which queues were not read for more than three intervals. A collection that succeeds may not get to all of them: a schema
 * that may not be read any more, too little time, too many queues.
 */
export async function staleQueues(
  on: Sql,
  now: Date,
): Promise<(queue: { sourceId: string; observedAt: Date }) => boolean> {
  const { rows } = await on.query<{ sourceId: string; intervalMs: number }>(
    `SELECT source_id AS "sourceId", interval_ms AS "intervalMs" FROM collection WHERE signal = 'queues'`,
  );
  const intervals = new Map(rows.map(({ sourceId, intervalMs }) => [sourceId, intervalMs]));
  return ({ sourceId, observedAt }) => {
    const intervalMs = intervals.get(sourceId);
    return intervalMs !== undefined && isStale(observedAt, intervalMs, now);
  };
}

/** How far one queue's figures may be trusted: they are as old as they are, however well the collection went. */
export async function freshnessOfQueue(
  { source, observedAt }: { source: string; observedAt: Date },
  stale: boolean,
  now: Date,
): Promise<Omit<Reading<never>, "data">> {
  const collected = await freshnessOfSignal("queues", source, now);
  const own = { ...collected, observedAt: observedAt.toISOString() };
  if (!stale || own.quality !== "exact") return own;
  const reason =
    "The last collections did not read this queue; its source's card on the first page says why.";
  return { ...own, quality: "stale", reason };
}
