import type { Sql } from "#lib/db/sql.ts";
import { increment } from "#lib/metrics/counters.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { DLQ_ARRIVALS, DLQ_LOST } from "../metric-names.ts";
import type { ReasonClass } from "../states.ts";

/** Counts what has just been stored, for Prometheus and for the samples of the next collection. */
export async function countArrivals(
  tx: Sql,
  queueId: number,
  stored: readonly { state: string; reasonClass: ReasonClass }[],
): Promise<void> {
  if (stored.length === 0) return;
  const lost = stored.filter(({ state }) => state === "lost").length;
  const { rows } = await tx.query<{ source: string; key: string }>(
    `UPDATE deadletters_queue q SET arrived = arrived + $2, lost = lost + $3 FROM source s
     WHERE q.id = $1 AND s.id = q.source_id RETURNING s.name AS source, q.key`,
    [queueId, stored.length, lost],
  );
  const [queue] = rows;
  const ref = queue && refOfKey(queue.key);
  if (!ref) return;
  const labels = { source: queue.source, prefix: ref.prefix, queue: ref.name };
  const byReason = Map.groupBy(stored, ({ reasonClass }) => reasonClass);
  for (const [reason, some] of [...byReason].toSorted(([a], [b]) => a.localeCompare(b))) {
    await increment(tx, DLQ_ARRIVALS, { ...labels, reason_class: reason }, some.length);
  }
  if (lost > 0) await increment(tx, DLQ_LOST, labels, lost);
}
