import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import type { QueueState } from "./state.ts";

/** Delayed jobs with a failed attempt behind them, and those that were scheduled for later. */
export interface DelayedSplit {
  retrying: number;
  scheduled: number;
  estimated: boolean;
}

/** Random jobs looked at per queue: enough to tell a retry wave from a schedule. */
const SAMPLE = 10;

/** Splits the delayed jobs of each queue by a random sample; small sets are counted in full. Null = could not be read. */
export async function readDelayed(
  conn: BullmqConnection,
  queues: readonly QueueRef[],
  states: readonly QueueState[],
  abort: AbortSignal,
): Promise<(DelayedSplit | null)[]> {
  const filled = states.flatMap(({ counts }, queue) => (counts.delayed ? [queue] : []));
  const samples = await readEach(
    conn,
    filled,
    (batch, queue) => {
      batch.zrandmember(stateKey(queues[queue] as QueueRef, "delayed"), SAMPLE);
    },
    abort,
  );
  const jobs = filled.flatMap((queue, at) => {
    const ids = samples[at]?.[0];
    return Array.isArray(ids) ? ids.map((id) => ({ queue, id: String(id) })) : [];
  });
  const attempts = await readEach(
    conn,
    jobs,
    (batch, { queue, id }) => {
      batch.hmget(queueKey(queues[queue] as QueueRef, id), "atm", "attemptsMade");
    },
    abort,
  );
  return states.map(({ counts }, queue) => {
    if (counts.delayed === null) return null;
    const tried = jobs.flatMap((job, at) => (job.queue === queue ? [hasTried(attempts[at])] : []));
    return split(counts.delayed, tried);
  });
}

function hasTried(answer: readonly unknown[] | undefined): boolean {
  const [made, older] = (answer?.[0] ?? []) as (string | null)[];
  return Number(made ?? older ?? 0) > 0;
}

function split(delayed: number, tried: readonly boolean[]): DelayedSplit | null {
  if (delayed === 0) return { retrying: 0, scheduled: 0, estimated: false };
  if (tried.length === 0) return null;
  const share = tried.filter(Boolean).length / tried.length;
  const retrying = Math.round(delayed * share);
  return { retrying, scheduled: delayed - retrying, estimated: tried.length < delayed };
}
