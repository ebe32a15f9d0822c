import { type ResolvedRange, requireRange } from "#lib/core/range.ts";
import { SECOND } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { bucketFor } from "#lib/samples/read.ts";
import { defineRead } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { queueId, refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { countedBy } from "./arrival-width.ts";
import { seriesParamsSchema, seriesSchema } from "./schema.ts";
import { sharedBySearchers } from "./search/meaning.ts";
import { prepare, type Prepared } from "./search/prepare.ts";

const MAX_POINTS = 150;
/** Queues with a line of their own; all others share one. */
const MAX_QUEUES = 5;

/** How many failures arrived, by queue. */
export const series = defineRead({
  params: seriesParamsSchema,
  data: seriesSchema,
  sharedBy: sharedBySearchers,
  async run({ actor, now }, { q, range }) {
    const resolved = requireRange(range, now);
    const bucketMs = bucketFor(resolved, countedBy(resolved.from, now), MAX_POINTS);
    const prepared = await prepare(sql, q, { actor, now });
    const rows = await arrivals(prepared, resolved, bucketMs);
    const freshness = await freshnessOfSignal("deadletters", null, now);
    const data = {
      bucketSeconds: bucketMs / SECOND,
      series: busiest(rows).map(([metric, own]) => ({
        metric,
        points: pointsOf(own, resolved, bucketMs),
      })),
      note: ignored(prepared),
    };
    return { data, ...freshness };
  },
});

interface Arrived {
  source: string;
  key: string;
  at: Date;
  count: number;
}

async function arrivals(
  { scope, whole, meaning }: Prepared,
  { from, to }: ResolvedRange,
  bucketMs: number,
): Promise<Arrived[]> {
  // Words narrow it to the groups that hold them: single letters have left no trace here.
  const facets = meaning.texts.length > 0 ? whole : scope.facets.map(({ id }) => id);
  const { rows } = await sql.query<Arrived>(
    `SELECT s.name AS source, q.key, date_bin($1::interval, a.at, 'epoch') AS at, sum(a.count)::float8 AS count
     FROM deadletters_facet f JOIN deadletters_arrival a ON a.facet_id = f.id
     JOIN deadletters_queue q ON q.id = f.queue_id JOIN source s ON s.id = q.source_id
     WHERE f.id = ANY($2::int[]) AND a.at >= date_bin($1::interval, $3::timestamptz, 'epoch') AND a.at < $4 GROUP BY 1, 2, 3`,
    [`${bucketMs} milliseconds`, facets, from, to],
  );
  return rows;
}

/** The busiest queues by name, and the rest together. */
function busiest(rows: readonly Arrived[]): [metric: string, rows: Arrived[]][] {
  const byQueue = [...Map.groupBy(rows, ({ source, key }) => queueId(source, key))];
  const sum = (own: readonly Arrived[]): number =>
    own.reduce((total, { count }) => total + count, 0);
  const sorted = byQueue.toSorted(([, a], [, b]) => sum(b) - sum(a));
  const names = Map.groupBy(sorted, ([, own]) => nameOf(own));
  const shown = sorted.slice(0, MAX_QUEUES).map(([id, own]): [string, Arrived[]] => {
    const name = nameOf(own);
    return [(names.get(name)?.length ?? 0) > 1 ? id : name, own];
  });
  const others = sorted.slice(MAX_QUEUES).flatMap(([, own]) => own);
  return others.length > 0 ? [...shown, ["others", others]] : shown;
}

const nameOf = ([first]: readonly Arrived[]): string =>
  refOfKey(first?.key ?? "")?.name ?? first?.key ?? "";

/** Where nothing arrived there is a 0: arrivals are counted as they are stored. */
function pointsOf(own: readonly Arrived[], { from, to }: ResolvedRange, bucketMs: number) {
  const counts = new Map<number, number>();
  for (const { at, count } of own)
    counts.set(at.getTime(), (counts.get(at.getTime()) ?? 0) + count);
  const first = Math.floor(from.getTime() / bucketMs) * bucketMs;
  const length = Math.ceil((to.getTime() - first) / bucketMs);
  return Array.from({ length }, (_, index) => {
    const at = first + index * bucketMs;
    return { at: new Date(at).toISOString(), value: counts.get(at) ?? 0 };
  });
}

/** What counts of arrivals cannot follow, as somebody typed it. */
function ignored({ meaning: { letters, texts, since, until }, scope }: Prepared): string | null {
  const fields = letters.map((term) => (term.is === "flag" ? "is:" : `${term.is}:`));
  if (since || until) fields.push("failed:");
  if (texts.some(({ negated }) => negated)) fields.push("excluded words");
  const isInTraces = scope.texts.some(
    ({ text, traces }) => !text.negated && traces.whole.length + traces.partly.length > 0,
  );
  if (isInTraces) fields.push("words in stacks");
  const [first] = fields;
  if (first === undefined) return null;
  const names = [...new Set(fields)].join(", ");
  return `Counts every arrival of these queues, names and groups: ${names} cannot be followed over time.`;
}
