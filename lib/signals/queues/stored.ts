import type { Sample } from "#lib/samples/types.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { readOnlyBecause } from "#lib/sources/bullmq/read-only.ts";
import { MAY_ONLY_READ } from "#lib/sources/bullmq-postgres/acting.ts";
import type { SourceKind } from "#lib/sources/define.ts";
import { type Limiter, limiterOf } from "./limiter.ts";
import type { Cursor, Finished } from "./observe/finished.ts";
import type { ObservedQueue } from "./observed.ts";
import type { Retries, Times } from "./retries/judge.ts";
import type { Finding } from "./retries/lint.ts";
import { mergePolicies, type PolicySeen } from "./retries/policy.ts";
import type { Counts } from "./schema.ts";

/** What is kept of a queue between collections, as JSON in its entity: times are ISO 8601. */
export interface StoredQueue {
  prefix: string;
  name: string;
  flavour: "bullmq" | "bull";
  version: string | null;
  readOnlyBecause: string | null;
  /** Why failed jobs cannot be retried: on Postgres that is another question. */
  noRetryBecause: string | null;
  counts: Counts;
  backlog: number | null;
  retrying: Judged | null;
  scheduled: Judged | null;
  oldestWaitingSeconds: Judged | null;
  objectiveSeconds: number;
  oldestFailedAt: string | null;
  newestFailedAt: string | null;
  nextDueAt: string | null;
  paused: boolean | null;
  globalConcurrency: number | null;
  rateLimit: { max: number; durationMs: number } | null;
  /** Absent in what was stored before limits were read. */
  limiter?: Limiter | null;
  workers: number | null;
  unattended: boolean | null;
  /** Since when jobs wait without a worker, over consecutive observations. */
  unattendedSince: string | null;
  finished: StoredFinished;
  /** Null while the queue has no events to read, or was not looked at twice. */
  times: Times | null;
  retries: Retries | null;
  policies: PolicySeen[];
  findings: Finding[];
  cursor: Cursor;
}

/** What one look cannot tell alone: it takes the minutes before. */
type Windows = "finished" | "times" | "retries" | "findings";

interface Judged {
  value: number;
  estimated: boolean;
}

export interface StoredFinished {
  completedPerMinute: number | null;
  failedPerMinute: number | null;
  completed: number | null;
  failed: number | null;
  failureRatio: number | null;
  from: Finished["from"];
  estimatedBecause: string | null;
}

export const entityKey = ({ prefix, name }: QueueRef): string => `${prefix}:${name}`;

/** Everything but the windows' figures. */
export function toStored(
  queue: ObservedQueue,
  before: StoredQueue | undefined,
  context: { now: Date; objectiveSeconds: number; kind: SourceKind; mayRetry: boolean },
): Omit<StoredQueue, Windows> {
  const { state, waiting, delayed, workers } = queue;
  const flavour = state.version ? "bullmq" : queue.flavour;
  const readOnly = readOnlyBecause(context.kind, flavour, state.version);
  const noRetry = context.mayRetry ? null : MAY_ONLY_READ;
  const backlog = addUp([state.counts.waiting, state.counts.paused, state.counts.prioritized]);
  const unattended = isUnattended(backlog, workers, state.paused);
  const { oldest } = waiting;
  const judged = (value: number): Judged => ({ value, estimated: delayed?.estimated ?? false });
  return {
    ...queue.ref,
    flavour,
    version: state.version,
    readOnlyBecause: readOnly,
    noRetryBecause: context.kind === "bullmq_postgres" ? noRetry : readOnly,
    counts: state.counts,
    backlog,
    retrying: delayed && judged(delayed.retrying),
    scheduled: delayed && judged(delayed.scheduled),
    oldestWaitingSeconds: oldest && {
      value: Math.max(0, (context.now.getTime() - oldest.at.getTime()) / 1_000),
      estimated: oldest.estimated,
    },
    objectiveSeconds: context.objectiveSeconds,
    oldestFailedAt: iso(state.oldestFailedAt),
    newestFailedAt: iso(state.newestFailed?.at),
    nextDueAt: iso(state.nextDueAt),
    paused: state.paused,
    globalConcurrency: state.globalConcurrency,
    rateLimit: state.rateLimit,
    limiter: limiterOf(state.limitWindow, state.rateLimit),
    workers,
    unattended,
    unattendedSince: unattended ? (before?.unattendedSince ?? context.now.toISOString()) : null,
    policies: mergePolicies(
      before?.policies ?? [],
      [...waiting.sampled, ...(queue.flow?.policies ?? [])],
      context.now,
    ),
    cursor: queue.cursor,
  };
}

/** Jobs could run and nobody is there to run them. A paused queue is idle on purpose. */
function isUnattended(
  backlog: number | null,
  workers: number | null,
  paused: boolean | null,
): boolean | null {
  if (backlog === 0 || paused === true || (workers ?? 0) > 0) return false;
  return backlog === null || workers === null || paused === null ? null : true;
}

/** What a chart or a window needs of one observation. What is not known is left out: a gap, not a zero. */
export function samplesOf(stored: StoredQueue, { finished, flow }: ObservedQueue): Sample[] {
  const entity = entityKey(stored);
  const { times, retries } = stored;
  const values: Record<string, number | null | undefined> = {
    backlog: stored.backlog,
    ...Object.fromEntries(
      Object.entries(stored.counts).map(([state, value]) => [state.replace("-", "_"), value]),
    ),
    retrying: stored.retrying?.value,
    oldest_waiting_s: stored.oldestWaitingSeconds?.value ?? (stored.backlog === 0 ? 0 : null),
    workers: stored.workers,
    finished_ok: finished.completed,
    finished_failed: finished.failed,
    first_attempts: flow?.first,
    repeats: flow?.again,
    stalls: flow?.stalls,
    wait_p50_s: times?.wait?.p50,
    wait_p95_s: times?.wait?.p95,
    run_p50_s: times?.run?.p50,
    run_p95_s: times?.run?.p95,
    amplification: retries?.amplification,
    // Only beside what it is compared with.
    amplification_expected: retries?.amplification === null ? null : retries?.expected,
  };
  return Object.entries(values).flatMap(([metric, value]) =>
    typeof value === "number" ? [{ entity, metric, value }] : [],
  );
}

function addUp(parts: readonly (number | null | undefined)[]): number | null {
  return parts.reduce<number | null>(
    (sum, part) => (sum === null || typeof part !== "number" ? null : sum + part),
    0,
  );
}

const iso = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;
