import type { Tone } from "#components/ui/tone.ts";
import type { Finding } from "#lib/signals/queues/schema.ts";

interface Words {
  title: string;
  why: string;
  /** What to change, as a line of code; `where` says whose. */
  where: string;
  code: string;
}

const BACKOFF = 'attempts: 5, backoff: { type: "exponential", delay: 1000, jitter: 1 }';

/** Why each finding matters and what to change. */
export const FINDING_WORDS: Record<Finding["id"], Words> = {
  evicts_jobs: {
    title: "Redis may delete jobs",
    why: "Under memory pressure every policy but noeviction deletes keys, also those of jobs that wait. Nobody hears of it.",
    where: "Redis",
    code: "CONFIG SET maxmemory-policy noeviction",
  },
  discards_failures: {
    title: "Failures are lost",
    why: "What failed cannot be looked at or retried: its payload is gone in the same moment.",
    where: "job options",
    code: "removeOnFail: { age: 14 * 24 * 3600 }",
  },
  keeps_few_failures: {
    title: "Failures leave the queue soon",
    why: "What has left it cannot be retried there. Plumbline keeps a copy of what it sees, about once a second; the payloads of more failures than the queue keeps between two looks, or while Plumbline is away, are lost.",
    where: "job options",
    code: "removeOnFail: { age: 14 * 24 * 3600, count: 50_000 }",
  },
  no_retry_on_network_errors: {
    title: "One attempt where the network fails",
    why: "Most of these failures pass within seconds. If the work may safely run twice, a second attempt cures them.",
    where: "job options",
    code: BACKOFF,
  },
  no_backoff: {
    title: "Retries without a pause",
    why: "All attempts are used up before the other side can recover, and they hit it while it is down.",
    where: "job options",
    code: BACKOFF,
  },
  no_jitter: {
    title: "Retries without jitter",
    why: "Jobs that fail together come back together, again and again. Full jitter spreads them over the whole pause: in a rerun of AWS' model 200 clients then needed less than half the calls.",
    where: "job options",
    code: BACKOFF,
  },
  last_delay_uncapped: {
    title: "The last pause is longer than anybody waits",
    why: "BullMQ doubles the pause each time and knows no upper limit: minutes of trouble become hours of delay.",
    where: "worker, for jobs with backoff type custom",
    code: "settings: { backoffStrategy: (n) => Math.random() * Math.min(900_000, 1000 * 2 ** (n - 1)) }",
  },
  keeps_failures_for_ever: {
    title: "Failed jobs are kept for ever",
    why: "Each takes some 2.5 kB. On Redis that is memory, and a full Redis takes no new jobs.",
    where: "job options",
    code: "removeOnFail: { age: 30 * 24 * 3600, count: 50_000 }",
  },
  no_worker_metrics: {
    title: "Workers count nothing",
    why: "Finished jobs are then counted from the events, a short memory that a busy queue outruns.",
    where: "worker options",
    code: "metrics: { maxDataPoints: MetricsTime.ONE_WEEK }",
  },
};

export const SEVERITY_TONE: Record<Finding["severity"], Tone> = {
  risk: "crit",
  warning: "warn",
  info: "neutral",
};
