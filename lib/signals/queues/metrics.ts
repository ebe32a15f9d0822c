import { STALE_AFTER_INTERVALS } from "#lib/core/reading.ts";
import { sql } from "#lib/db/sql.ts";
import { storedFamily } from "#lib/metrics/counters.ts";
import type { MetricFamily, MetricValue } from "#lib/metrics/define.ts";
import {
  JOB_RETRIES,
  JOBS_FINISHED,
  JOBS_STALLED,
  PROCESSING_SECONDS,
  WAIT_SECONDS,
} from "./metric-names.ts";
import { readServices } from "./retries/services.ts";
import type { StoredQueue } from "./stored.ts";

interface Exposed {
  source: string;
  data: StoredQueue;
  fresh: boolean;
}

/** Old figures are left out: an alert must not judge by what nobody sees any more. */
async function everyQueue(now: Date): Promise<Exposed[]> {
  const { rows } = await sql.query<Exposed>(
    `SELECT s.name AS source, e.data - 'policies' - 'findings' #- '{cursor,open}' AS data,
       e.observed_at > $1::timestamptz - make_interval(secs => $2 * c.interval_ms / 1000.0) AS fresh
     FROM entity e JOIN source s ON s.id = e.source_id AND s.enabled
     JOIN collection c ON c.source_id = e.source_id AND c.signal = e.signal
     WHERE e.signal = 'queues' ORDER BY s.name, e.key`,
    [now, STALE_AFTER_INTERVALS],
  );
  return rows;
}

const queues = async (now: Date): Promise<Exposed[]> =>
  (await everyQueue(now)).filter(({ fresh }) => fresh);

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

/** How much of the retry budget is used, over a window as SRE's burn rates have it. */
async function burns(now: Date): Promise<MetricValue[]> {
  return (await queues(now)).flatMap(({ source, data: { prefix, name, retries } }) => {
    const windows = { "5m": retries?.budget.fiveMinutes.used, "1h": retries?.budget.hour.used };
    return Object.entries(windows).flatMap(([window, value]) =>
      typeof value === "number" ? [{ labels: { source, prefix, queue: name, window }, value }] : [],
    );
  });
}

/** BullMQ's own families know only the queue's name: equal names on several servers or prefixes are added up, as one scrape must. */
function addedUp(
  found: readonly Exposed[],
  labelled: (queue: StoredQueue) => { labels: Record<string, string>; value: number | null }[],
): MetricValue[] {
  const sums = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const { data } of found) {
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
    async read(now) {
      const all = await everyQueue(now);
      const seen = new Set(all.filter(({ fresh }) => fresh).map(({ data }) => data.name));
      // One of several queues of that name may not have been seen lately: without its last total the sum would fall, and a
      // counter that falls looks like one that began again.
      const known = all.filter(({ data }) => seen.has(data.name));
      return addedUp(known, ({ name, cursor }) => [
        { labels: { queue: name }, value: cursor.totals[outcome] },
      ]);
    },
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
  storedFamily({
    name: JOB_RETRIES,
    help: "Attempts that failed and will be made again, as far as the events tell.",
    type: "counter",
    labels: LABELS,
  }),
  storedFamily({
    name: JOBS_STALLED,
    help: "Jobs that lost their worker while it held them.",
    type: "counter",
    labels: LABELS,
  }),
  perQueue(
    "plumbline_queue_retry_amplification_ratio",
    "Attempts begun per job over 15 minutes; absent with fewer than 20 jobs.",
    (queue) => queue.retries?.amplification ?? null,
  ),
  {
    name: "plumbline_queue_retry_budget_used_ratio",
    help: "Retries per job as a share of the budget, a fifth of the jobs; absent with fewer than 20 jobs.",
    type: "gauge",
    labels: [...LABELS, "window"],
    read: burns,
  },
  perQueue(
    "plumbline_queue_retry_storm",
    "Whether attempts are mostly repeats that fail with one error.",
    (queue) => queue.retries && queue.retries.storm !== null,
  ),
  {
    name: "plumbline_service_retry_amplification_ratio",
    help: "Attempts begun per job over 15 minutes, over all queues of a service; absent with fewer than 20 jobs.",
    type: "gauge",
    labels: ["service"],
    read: async (now) =>
      (await readServices(now)).flatMap(({ service, amplification }) =>
        amplification === null ? [] : [{ labels: { service }, value: amplification }],
      ),
  },
  {
    name: "bullmq_job_count",
    help: "Number of jobs in the queue by state",
    // A gauge, but linters reserve the suffix `_count` for histograms.
    type: "untyped",
    labels: ["queue", "state"],
    read: async (now) =>
      addedUp(await queues(now), ({ name, counts, version }) =>
        Object.entries(counts).flatMap(([state, value]) => {
          // BullMQ 6 has no such state any more; older versions always report it.
          const hidden = state === "paused" && !value && Number.parseInt(version ?? "") >= 6;
          return hidden ? [] : [{ labels: { queue: name, state }, value }];
        }),
      ),
  },
  workerTotal("completed"),
  workerTotal("failed"),
  // Last: when there is no room for all, these give way.
  storedFamily({
    name: WAIT_SECONDS,
    help: 'How long jobs could run before they started. The first 20 queues; the others together as "other".',
    type: "histogram",
    labels: LABELS,
  }),
  storedFamily({
    name: PROCESSING_SECONDS,
    help: 'How long attempts took. The first 20 queues; the others together as "other".',
    type: "histogram",
    labels: LABELS,
  }),
];
