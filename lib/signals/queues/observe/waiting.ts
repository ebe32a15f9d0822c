import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import {
  FACT_FIELDS,
  type JobFacts,
  jobFacts,
  type JobOptions,
  jobOptions,
  waitingSince,
} from "#lib/sources/bullmq/job-hash.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { PRIORITY_STEP, stateKey } from "#lib/sources/bullmq/states.ts";
import type { SampledJob } from "../retries/policy.ts";
import type { OpenJob } from "./lives.ts";
import type { QueueState } from "./state.ts";

/** When the job that waits longest began to wait. */
export interface OldestWaiting {
  at: Date;
  /** A closer look could find an older one. */
  estimated: boolean;
}

export interface WaitingView {
  /** Null when nothing waits, or when none of the jobs at the ends tells since when. */
  oldest: OldestWaiting | null;
  /** The jobs that were looked at, for their options. */
  sampled: SampledJob[];
}

interface Candidate {
  queue: number;
  id: string;
}

/** A job that may be the one which waits longest. */
interface LookedAt {
  id: string;
  name: string | null;
  options: JobOptions | null;
  /** Null when the job is gone. */
  facts: JobFacts | null;
  /** The parent of a flow may be days old and ready since a second ago. */
  isParent: boolean;
}

/**
 * Looks at the jobs at the ends of each queue: in order of arrival the oldest is there, and last-in-first-out and priorities
 * starve the other end. A few commands per queue, and none for empty ones.
 */
export async function readWaiting(
  conn: BullmqConnection,
  queues: readonly QueueRef[],
  states: readonly QueueState[],
  abort: AbortSignal,
): Promise<LookedAt[][]> {
  const starved = await readStarved(conn, queues, states, abort);
  const candidates = states.flatMap((state, queue): Candidate[] => {
    const ids = [...state.waitingEnds, ...state.prioritizedEnds.map(({ id }) => id)];
    const sample = state.newestFailed && ids.length === 0 ? [state.newestFailed.id] : [];
    return [...ids, ...(starved[queue] ?? []), ...sample].map((id) => ({ queue, id }));
  });
  const answers = await readEach(
    conn,
    candidates,
    (batch, { queue, id }) => {
      const key = queueKey(queues[queue] as QueueRef, id);
      batch.hmget(key, ...FACT_FIELDS, "opts");
      batch.exists(`${key}:processed`, `${key}:failed`, `${key}:unsuccessful`);
    },
    abort,
  );
  return states.map((_state, queue) =>
    candidates.flatMap((candidate, at) =>
      candidate.queue === queue ? [decode(candidate.id, answers[at] ?? [])] : [],
    ),
  );
}

function decode(id: string, [answer, isParent]: readonly unknown[]): LookedAt {
  const values = (Array.isArray(answer) ? answer : []) as (string | null)[];
  const facts = jobFacts(values.slice(0, FACT_FIELDS.length));
  const options = jobOptions(values[FACT_FIELDS.length]);
  return { id, name: facts?.name ?? null, options, facts, isParent: Boolean(isParent) };
}

/**
 * What the jobs that were looked at tell. Since when a job waits its events know best; `open` are the jobs that were followed
 * through them. Its hash knows nothing of delays that were changed or cut short.
 */
export function waitingView(
  state: QueueState,
  jobs: readonly LookedAt[],
  { open, now }: { open: readonly OpenJob[]; now: Date },
): WaitingView {
  const sampled = jobs.flatMap(({ id, name, options }) => (options ? [{ id, name, options }] : []));
  const ready = new Map(
    open.flatMap(([id, stage, at]) => (stage === "ready" ? [[id, new Date(at)] as const] : [])),
  );
  const told = jobs.flatMap(({ id, facts, options, isParent }): OldestWaiting[] => {
    const at = ready.get(id);
    if (at) return [{ at, estimated: false }];
    const since = facts && !isParent ? waitingSince(facts, options, now) : null;
    return since ? [since] : [];
  });
  const [oldest] = told.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const waits = state.waitingEnds.length + state.prioritizedEnds.length > 0;
  if (!waits || !oldest) return { oldest: null, sampled };
  // Between the ends nobody looked: that matters only where order is not order of arrival.
  const unordered = state.prioritizedEnds.length > 0 || jobs.some((job) => job.options?.lifo);
  return { oldest: { at: oldest.at, estimated: oldest.estimated || unordered }, sampled };
}

/** The first job of the least urgent priority: jobs of that priority wait longest when more urgent ones keep coming. */
async function readStarved(
  conn: BullmqConnection,
  queues: readonly QueueRef[],
  states: readonly QueueState[],
  abort: AbortSignal,
): Promise<string[][]> {
  const asked = states.flatMap(({ prioritizedEnds }, queue) => {
    const last = prioritizedEnds.at(-1);
    return last && prioritizedEnds.length > 1 ? [{ queue, score: last.score }] : [];
  });
  const answers = await readEach(
    conn,
    asked,
    (batch, { queue, score }) => {
      const from = Math.floor(score / PRIORITY_STEP) * PRIORITY_STEP;
      const key = stateKey(queues[queue] as QueueRef, "prioritized");
      batch.zrangebyscore(key, from, "+inf", "LIMIT", 0, 1);
    },
    abort,
  );
  return states.map((_state, queue) => {
    const at = asked.findIndex((one) => one.queue === queue);
    const ids = at < 0 ? [] : (answers[at]?.[0] ?? []);
    return Array.isArray(ids) ? (ids as string[]) : [];
  });
}
