import { SECOND } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import { type Addition, addAll, observations } from "#lib/metrics/counters.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import {
  DURATION_BUCKETS,
  JOB_RETRIES,
  JOBS_FINISHED,
  JOBS_STALLED,
  PROCESSING_SECONDS,
  WAIT_SECONDS,
} from "./metric-names.ts";
import type { Flow } from "./observe/events.ts";
import type { ObservedQueue } from "./observed.ts";

/**
 * Queues with histograms of their own: two of them are 22 series, and a scrape has room for 2,000 in all. The queues that finished
 * jobs first have them; the others share one, `queue="other"` without a prefix, which no queue can be.
 */
const MAX_HISTOGRAMS = 20;

interface QueueLabels extends Record<string, string> {
  source: string;
  prefix: string;
  queue: string;
}

/** Counts in the transaction of the observation, so that nothing is counted twice. */
export async function countJobs(
  tx: Sql,
  source: string,
  queues: readonly ObservedQueue[],
): Promise<void> {
  const own = await queuesWithHistograms(tx);
  const additions = queues.flatMap(({ ref, finished, flow }): Addition[] => {
    const labels = { source, prefix: ref.prefix, queue: ref.name };
    const outcomes = (["completed", "failed"] as const).map((outcome) => ({
      name: JOBS_FINISHED,
      labels: { ...labels, outcome },
      by: finished[outcome] ?? 0,
    }));
    return [...outcomes, ...(flow ? additionsOf(labels, flow, own) : [])];
  });
  // What never happened has no series yet, which is not the same as 0.
  await addAll(
    tx,
    additions.filter(({ name, by }) => by > 0 || !name.endsWith("_total")),
  );
}

function additionsOf(labels: QueueLabels, flow: Flow, own: Set<string>): Addition[] {
  const counts = [
    { name: JOB_RETRIES, labels, by: Math.round(flow.retries) },
    { name: JOBS_STALLED, labels, by: Math.round(flow.stalls) },
  ];
  if (flow.waits.length + flow.runs.length === 0) return counts;
  const known = own.has(identity(labels)) || own.size < MAX_HISTOGRAMS;
  if (known) own.add(identity(labels));
  const shown = known ? labels : { source: labels.source, prefix: "", queue: "other" };
  const inSeconds = (values: Flow["waits"]) =>
    values.map(({ value, weight }) => ({ value: value / SECOND, weight }));
  return [
    ...counts,
    ...observations(WAIT_SECONDS, shown, DURATION_BUCKETS, inSeconds(flow.waits)),
    ...observations(PROCESSING_SECONDS, shown, DURATION_BUCKETS, inSeconds(flow.runs)),
  ];
}

async function queuesWithHistograms(tx: Sql): Promise<Set<string>> {
  const { rows } = await tx.query<{ labels: QueueLabels }>(
    "SELECT DISTINCT labels FROM metric_value WHERE name = ANY($1) AND labels ->> 'prefix' <> ''",
    [[`${WAIT_SECONDS}_count`, `${PROCESSING_SECONDS}_count`]],
  );
  return new Set(rows.map(({ labels }) => identity(labels)));
}

const identity = ({ source, prefix, queue }: QueueLabels): string =>
  JSON.stringify([source, prefix, queue]);

/** A queue that is gone, or whose source is not configured any more, leaves no histogram behind: another one may have its place. */
export async function forgetHistograms(
  tx: Sql,
  source: string,
  keys: readonly string[],
): Promise<void> {
  const gone = keys.flatMap((key) => refOfKey(key) ?? []);
  const names = [WAIT_SECONDS, PROCESSING_SECONDS].flatMap((name) =>
    ["bucket", "sum", "count"].map((part) => `${name}_${part}`),
  );
  await tx.query(
    `DELETE FROM metric_value WHERE name = ANY($1) AND (labels - 'le' = ANY($2::jsonb[])
       OR labels ->> 'source' IN (SELECT name FROM source WHERE NOT enabled))`,
    [names, gone.map(({ prefix, name }) => JSON.stringify({ source, prefix, queue: name }))],
  );
}
