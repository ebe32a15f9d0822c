import { sql } from "#lib/db/sql.ts";
import { storedFamily } from "#lib/metrics/counters.ts";
import type { MetricFamily, MetricValue } from "#lib/metrics/define.ts";
import { JOBS_FINISHED } from "./metric-names.ts";
import type { StoredQueue } from "./stored.ts";

interface Exposed {
  source: string;
  data: StoredQueue;
}

/** Figures older than this many intervals are left out: an alert must not judge by what nobody sees any more. */
const FRESH_INTERVALS = 3;

async function queues(now: Date): Promise<Exposed[]> {
  const { rows } = await sql.query<Exposed>(
    `SELECT s.name AS source, e.data FROM entity e JOIN source s ON s.id = e.source_id AND s.enabled
     JOIN collection c ON c.source_id = e.source_id AND c.signal = e.signal
     WHERE e.signal = 'queues' AND e.observed_at > $1::timestamptz - make_interval(secs => $2 * c.interval_ms / 1000.0)
     ORDER BY s.name, e.key`,
    [now, FRESH_INTERVALS],
  );
  return rows;
}

const LABELS = ["source", "prefix", "queue"];

function perQueue(
  name: string,
  help: string,
  value: (queue: StoredQueue) => number | boolean | null,
): MetricFamily {
  const read = async (now: Date) =>
    (await queues(now)).flatMap(({ source, data }) => {
      const found = value(data);
      const labels = { source, prefix: data.prefix, queue: data.name };
      return found === null ? [] : [{ labels, value: Number(found) }];
    });
  return { name, help, type: "gauge", labels: LABELS, read };
}

/** BullMQ's own families know only the queue's name: equal names on several servers or prefixes are added up, as one scrape must. */
async function addedUp(
  now: Date,
  labelled: (queue: StoredQueue) => { labels: Record<string, string>; value: number | null }[],
): Promise<MetricValue[]> {
  const sums = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const { data } of await queues(now)) {
    for (const { labels, value } of labelled(data)) {
      if (value === null) continue;
      const key = JSON.stringify(labels);
      const sum = sums.get(key) ?? { labels, value: 0 };
      sums.set(key, { labels, value: sum.value + value });
    }
  }
  return [...sums.values()];
}

function workerTotal(outcome: "completed" | "failed"): MetricFamily {
  return {
    name: `bullmq_job_${outcome}_total`,
    help: `Total number of ${outcome} jobs`,
    type: "counter",
    labels: ["queue"],
    // Only workers that collect metrics keep this total; without one there is no value, never 0.
    read: (now) =>
      addedUp(now, ({ name, cursor }) => [
        { labels: { queue: name }, value: cursor.totals[outcome] },
      ]),
  };
}

export const metrics: readonly MetricFamily[] = [
  perQueue(
    "plumbline_queue_oldest_waiting_age_seconds",
    "How long the oldest job has been waiting; 0 when none waits.",
    (queue) => queue.oldestWaitingSeconds?.value ?? (queue.backlog === 0 ? 0 : null),
  ),
  perQueue(
    "plumbline_queue_slo_wait_seconds",
    "How long a job of this queue may wait.",
    (queue) => queue.objectiveSeconds,
  ),
  perQueue(
    "plumbline_queue_backlog_jobs",
    "Jobs that could run now: waiting, prioritized, and set aside while paused.",
    (queue) => queue.backlog,
  ),
  perQueue("plumbline_queue_workers", "Workers connected to the queue.", (queue) => queue.workers),
  perQueue("plumbline_queue_paused", "Whether the queue is paused.", (queue) => queue.paused),
  storedFamily({
    name: JOBS_FINISHED,
    help: "Finished jobs by outcome, as far as they could be counted.",
    type: "counter",
    labels: [...LABELS, "outcome"],
  }),
  {
    name: "bullmq_job_count",
    help: "Number of jobs in the queue by state",
    // A gauge, but linters reserve the suffix `_count` for histograms.
    type: "untyped",
    labels: ["queue", "state"],
    read: (now) =>
      addedUp(now, ({ name, counts, version }) =>
        Object.entries(counts).flatMap(([state, value]) => {
          // BullMQ 6 has no such state any more; older versions always report it.
          const hidden = state === "paused" && !value && Number.parseInt(version ?? "") >= 6;
          return hidden ? [] : [{ labels: { queue: name, state }, value }];
        }),
      ),
  },
  workerTotal("completed"),
  workerTotal("failed"),
];
