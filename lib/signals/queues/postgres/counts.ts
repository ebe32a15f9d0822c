import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import {
  COUNTED_AT_ONCE,
  COUNTED_STATES,
  type CountedState,
  countJobs,
  type QueueLook,
} from "#lib/sources/bullmq-postgres/queue-state.ts";
import type { Counts } from "../schema.ts";

/** Milliseconds of their server per collection for counting beyond the first thousands. */
const COUNTING_MS = 500;

/** A queue with every count that could be had; BullMQ keeps no cheap count of the jobs ever added here. */
type CountedQueue = Omit<QueueLook, "counts"> & { counts: Counts; added: null };

/** The time one collection has for counting, and what it did not suffice for. */
export interface CountingTime {
  leftMs: number;
  uncounted: string[];
}

export const countingTime = (): CountingTime => ({ leftMs: COUNTING_MS, uncounted: [] });

/** Counts on where a first look stopped, until the time is up. What is left is not known. */
export async function countOn(
  conn: BullmqPostgresConnection,
  schema: string,
  looks: readonly QueueLook[],
  time: CountingTime,
): Promise<CountedQueue[]> {
  const counted: CountedQueue[] = [];
  for (const look of looks) {
    const { name, counts } = look;
    const known: Counts = { ...counts, paused: 0 };
    for (const state of COUNTED_STATES) {
      if (counts[state] < COUNTED_AT_ONCE) continue;
      known[state] = await countInTime(conn, { prefix: schema, name }, state, time);
    }
    counted.push({ ...look, counts: known, added: null });
  }
  return counted;
}

async function countInTime(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  state: CountedState,
  time: CountingTime,
): Promise<number | null> {
  const started = performance.now();
  const count = time.leftMs > 0 ? await countJobs(conn, queue, state, time.leftMs) : null;
  time.leftMs -= performance.now() - started;
  if (count === null) time.uncounted.push(`${state} jobs of ${queue.name}`);
  return count;
}

const NAMED = 5;

/** What could not be counted, in one sentence; none when everything was. */
export function uncountedSentences({ uncounted }: CountingTime): string[] {
  if (uncounted.length === 0) return [];
  const more = uncounted.length > NAMED ? ` and ${uncounted.length - NAMED} more` : "";
  const named = uncounted.slice(0, NAMED).join(", ");
  return [`Too many to count in ${COUNTING_MS} ms: ${named}${more}.`];
}
