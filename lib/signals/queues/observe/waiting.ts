import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { FACT_FIELDS, jobFacts, jobOptions, waitingSince } from "#lib/sources/bullmq/job-hash.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { PRIORITY_STEP, stateKey } from "#lib/sources/bullmq/states.ts";
import type { SampledJob } from "../retries/policy.ts";
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

/**
 * Looks at the jobs at the ends of each queue: in order of arrival the oldest is there, and last-in-first-out and priorities
 * starve the other end. A few commands per queue, and none for empty ones.
 */
export async function readWaiting(
  conn: BullmqConnection,
  queues: readonly QueueRef[],
  states: readonly QueueState[],
  abort: AbortSignal,
): Promise<WaitingView[]> {
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
      // The parent of a flow may be days old and ready since a second ago.
      batch.exists(`${key}:processed`, `${key}:failed`, `${key}:unsuccessful`);
    },
    abort,
  );
  return states.map((state, queue) => {
    const own = candidates.flatMap((candidate, at) =>
      candidate.queue === queue ? [{ id: candidate.id, answers: answers[at] ?? [] }] : [],
    );
    return judge(state, own);
  });
}

function judge(
  state: QueueState,
  looked: readonly { id: string; answers: readonly unknown[] }[],
): WaitingView {
  const jobs = looked.map(({ id, answers: [answer, isParent] }) => {
    const values = (Array.isArray(answer) ? answer : []) as (string | null)[];
    const facts = jobFacts(values.slice(0, FACT_FIELDS.length));
    const options = jobOptions(values[FACT_FIELDS.length]);
    const since = facts && !isParent ? waitingSince(facts, options) : null;
    return { id, name: facts?.name ?? null, options, since };
  });
  const sampled = jobs.flatMap(({ id, name, options }) => (options ? [{ id, name, options }] : []));
  const waits = state.waitingEnds.length + state.prioritizedEnds.length > 0;
  const told = jobs.flatMap((job) => (job.since ? [job.since] : []));
  if (!waits || told.length === 0) return { oldest: null, sampled };
  const exact = told.filter((since) => !since.estimated);
  const from = exact.length > 0 ? exact : told;
  const at = new Date(Math.min(...from.map((since) => since.at.getTime())));
  // Between the ends nobody looked: that matters only where order is not order of arrival.
  const unordered = state.prioritizedEnds.length > 0 || jobs.some((job) => job.options?.lifo);
  return { oldest: { at, estimated: exact.length === 0 || unordered }, sampled };
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
