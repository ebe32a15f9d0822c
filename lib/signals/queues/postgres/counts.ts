import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import {
  COUNTED_AT_ONCE,
  COUNTED_STATES,
  countJobs,
  type QueueLook,
} from "#lib/sources/bullmq-postgres/queue-state.ts";
import type { Counts } from "../schema.ts";

/** Milliseconds of their server per collection for counting beyond the first thousands. */
const COUNTING_MS = 500;

/** A queue with every count that could be had; BullMQ keeps no cheap count of the jobs ever added here. */
type CountedQueue = Omit<QueueLook, "counts"> & { counts: Counts; added: null };

/** Counts on where a first look stopped, until the time is up. What is left is not known, which `unread` says. */
export async function countOn(
  conn: BullmqPostgresConnection,
  schema: string,
  looks: readonly QueueLook[],
  unread: string[],
): Promise<CountedQueue[]> {
  let left = COUNTING_MS;
  const uncounted: string[] = [];
  const counted: CountedQueue[] = [];
  for (const look of looks) {
    const { name, counts } = look;
    const known: Counts = { ...counts, paused: 0 };
    for (const state of COUNTED_STATES) {
      if (counts[state] < COUNTED_AT_ONCE) continue;
      const started = performance.now();
      known[state] = left > 0 ? await countJobs(conn, { prefix: schema, name }, state, left) : null;
      left -= performance.now() - started;
      if (known[state] === null) uncounted.push(`${state} jobs of ${name}`);
    }
    counted.push({ ...look, counts: known, added: null });
  }
  if (uncounted.length > 0) {
    unread.push(`Too many to count in ${COUNTING_MS} ms: ${uncounted.join(", ")}.`);
  }
  return counted;
}
