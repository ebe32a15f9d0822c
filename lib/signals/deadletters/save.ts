import type { Sql } from "#lib/db/sql.ts";
import { counterDelta } from "#lib/core/stats.ts";
import type { Sample } from "#lib/samples/types.ts";
import type { SaveContext } from "#lib/signals/define.ts";
import { forgetGoneQueues } from "./capture/queues.ts";
import type { CollectedRow } from "./collect.ts";

/** What is kept of a queue between collections, as JSON in its entity. */
export interface StoredCapture {
  /** Jobs in its failed set; null = could not be read. */
  failedSet: number | null;
  /** Letters ever captured, and those of them without a payload. */
  arrived: number;
  lost: number;
}

interface Totals {
  queueId: number;
  arrived: number;
  lost: number;
  dead: number;
  before: StoredCapture | null;
}

/** Stores what was counted; returns how many letters are dead now and how many came since the collection before. */
export async function save(
  { tx, source, now }: SaveContext,
  rows: CollectedRow[],
): Promise<Sample[]> {
  await forgetGoneQueues(tx, source.id);
  const totals = new Map((await totalsOf(tx, source.id)).map((row) => [row.queueId, row]));
  const known = rows.flatMap((row) => {
    const total = totals.get(row.queueId);
    return total ? [{ ...row, total }] : [];
  });
  await tx.query(
    `INSERT INTO entity (source_id, signal, key, data, observed_at)
     SELECT $1::uuid, 'deadletters', given.key, given.data, $4 FROM unnest($2::text[], $3::jsonb[]) AS given(key, data)
     ON CONFLICT (source_id, signal, key) DO UPDATE SET data = EXCLUDED.data, observed_at = EXCLUDED.observed_at`,
    [
      source.id,
      known.map(({ key }) => key),
      known.map(({ failedSet, total: { arrived, lost } }) =>
        JSON.stringify({ failedSet, arrived, lost } satisfies StoredCapture),
      ),
      now,
    ],
  );
  return known.flatMap(({ key: entity, total }): Sample[] => {
    const { before, dead } = total;
    const increases = (["arrived", "lost"] as const).flatMap((metric): Sample[] => {
      const value = counterDelta(before?.[metric], total[metric]);
      return value === null ? [] : [{ entity, metric, value }];
    });
    return [{ entity, metric: "dead", value: dead }, ...increases];
  });
}

/** What is stored of each queue. */
async function totalsOf(tx: Sql, sourceId: string): Promise<Totals[]> {
  const { rows } = await tx.query<Totals>(
    `SELECT q.id AS "queueId", q.arrived::float8 AS arrived, q.lost::float8 AS lost, e.data AS before,
       coalesce((SELECT sum(c.count) FROM deadletters_facet f JOIN deadletters_count c ON c.facet_id = f.id
         WHERE f.queue_id = q.id AND c.state = 'dead'), 0)::float8 AS dead
     FROM deadletters_queue q
     LEFT JOIN entity e ON e.source_id = q.source_id AND e.signal = 'deadletters' AND e.key = q.key
     WHERE q.source_id = $1 ORDER BY q.id`,
    [sourceId],
  );
  return rows;
}
