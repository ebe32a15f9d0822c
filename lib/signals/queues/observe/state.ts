import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { dueTime, isMarker, type JobState, stateKey } from "#lib/sources/bullmq/states.ts";
import { versionsByJobs } from "#lib/sources/bullmq/unmarked.ts";
import type { LimitWindow } from "../limiter.ts";

/** What one constant-time look at every key of a queue tells. `null` = could not be read. */
export interface QueueState {
  /** False when no key of the queue is left: it was removed. */
  exists: boolean;
  version: string | null;
  paused: boolean | null;
  globalConcurrency: number | null;
  rateLimit: { max: number; durationMs: number } | null;
  /** Null when no job was taken under a limit lately. */
  limitWindow: LimitWindow | null;
  counts: Record<JobState, number | null>;
  /** Ids at both ends of the lists that hold jobs which could run now. */
  waitingEnds: string[];
  /** First and last of the prioritized set, with their scores. */
  prioritizedEnds: { id: string; score: number }[];
  oldestFailedAt: Date | null;
  newestFailed: { id: string; at: Date } | null;
  newestCompletedAt: Date | null;
  nextDueAt: Date | null;
  /** Jobs ever added, as BullMQ counts them. */
  added: number | null;
  /** Running totals kept by workers that collect metrics; null when none does. */
  workerTotals: { completed: number | null; failed: number | null };
}

/** How many ids at the end that runs next; flows and retries among them do not tell how long they wait. */
const NEXT_UP = 3;

/** Some 27 commands per queue, none of which depends on how many jobs it holds. Fewer answers than queues when time ran out. */
export async function readStates(
  conn: BullmqConnection,
  queues: readonly QueueRef[],
  abort: AbortSignal,
): Promise<QueueState[]> {
  const answers = await readEach(
    conn,
    queues,
    (batch, queue) => {
      const key = (state: JobState): string => stateKey(queue, state);
      batch.exists(queueKey(queue, "meta"), queueKey(queue, "id"), queueKey(queue, "events"));
      batch.hmget(queueKey(queue, "meta"), "version", "paused", "concurrency", "max", "duration");
      batch.exists(queueKey(queue, "meta-paused"));
      batch.llen(key("waiting")).llen(key("paused")).llen(key("active"));
      for (const state of SETS) batch.zcard(key(state));
      batch.lrange(key("waiting"), -NEXT_UP, -1).lindex(key("waiting"), 0);
      batch.lrange(key("paused"), -NEXT_UP, -1);
      for (const end of [0, -1]) batch.zrange(key("prioritized"), end, end, "WITHSCORES");
      for (const end of [0, -1]) batch.zrange(key("failed"), end, end, "WITHSCORES");
      batch
        .zrange(key("completed"), -1, -1, "WITHSCORES")
        .zrange(key("delayed"), 0, 0, "WITHSCORES");
      batch.get(queueKey(queue, "id"));
      for (const outcome of ["completed", "failed"]) {
        batch.hget(queueKey(queue, `metrics:${outcome}`), "count");
      }
      batch.get(queueKey(queue, "limiter")).pttl(queueKey(queue, "limiter"));
    },
    abort,
  );
  const states = answers.map(decode);
  const unmarked = states.flatMap(({ exists, version }, at) => (exists && !version ? [at] : []));
  const refs = unmarked.map((at) => queues[at] as QueueRef);
  const versions = abort.aborted ? [] : await versionsByJobs(conn, refs);
  unmarked.forEach((at, index) => {
    const state = states[at];
    if (state) state.version = versions[index] ?? null;
  });
  return states;
}

const SETS = ["prioritized", "delayed", "waiting-children", "completed", "failed"] as const;

function decode(answers: readonly unknown[]): QueueState {
  const [anyKey, meta, bullPaused, waiting, paused, active, ...rest] = answers;
  const sets = rest.slice(0, SETS.length);
  const [nextUp, newest, nextPaused, firstPrio, lastPrio, ...more] = rest.slice(SETS.length);
  const [firstFailed, lastFailed, lastCompleted, firstDelayed, added, ...last] = more;
  const [completedTotal, failedTotal, taken, leftMs] = last.map(number);
  const ends = [...texts(nextUp), ...texts([newest]), ...texts(nextPaused)];
  const [prioritized, delayed, children, completed, failed] = sets.map(number);
  const lists = { waiting: number(waiting), paused: number(paused), active: number(active) };
  const counts = {
    ...lists,
    // The marker sits at the end that runs next.
    waiting: lists.waiting && lists.waiting - texts(nextUp).slice(-1).filter(isMarker).length,
    prioritized: prioritized ?? null,
    delayed: delayed ?? null,
    "waiting-children": children ?? null,
    completed: completed ?? null,
    failed: failed ?? null,
  };
  const newestFailed = scored(lastFailed);
  return {
    exists: anyKey !== 0 || bullPaused === 1 || Object.values(counts).some((n) => n !== 0),
    ...decodeMeta(meta, bullPaused),
    counts,
    waitingEnds: [...new Set(ends)].filter((id) => !isMarker(id)),
    prioritizedEnds: [scored(firstPrio), scored(lastPrio)].filter((end) => end !== null),
    oldestFailedAt: timeOf(scored(firstFailed)),
    newestFailed: newestFailed && { id: newestFailed.id, at: new Date(newestFailed.score) },
    newestCompletedAt: timeOf(scored(lastCompleted)),
    nextDueAt: dueOf(scored(firstDelayed)),
    added: number(added),
    workerTotals: { completed: completedTotal ?? null, failed: failedTotal ?? null },
    limitWindow: taken && leftMs ? { taken, leftMs } : null,
  };
}

function decodeMeta(meta: unknown, bullPaused: unknown) {
  const [version, paused, concurrency, max, duration] = Array.isArray(meta) ? meta : [];
  const limit = { max: number(max), durationMs: number(duration) };
  return {
    version: typeof version === "string" ? (version.split(":").at(-1) ?? null) : null,
    paused: meta === undefined ? null : paused === "1" || bullPaused === 1,
    globalConcurrency: number(concurrency),
    rateLimit:
      limit.max !== null && limit.durationMs !== null
        ? { max: limit.max, durationMs: limit.durationMs }
        : null,
  };
}

/** Redis answers lengths as numbers and stored counters as text. */
function number(value: unknown): number | null {
  const parsed = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function scored(value: unknown): { id: string; score: number } | null {
  const [id, score] = texts(value);
  return id === undefined ? null : { id, score: Number(score) };
}

const timeOf = (entry: { score: number } | null): Date | null => entry && new Date(entry.score);
const dueOf = (entry: { score: number } | null): Date | null => entry && dueTime(entry.score);
