import type { BullmqConnection } from "./connect.ts";
import { queueKey, type QueueRef } from "./queries.ts";
import { type JobState, SET_STATES, stateKey } from "./states.ts";

/** Where a job is now. The score is that of a sorted set; null in lists. */
export interface Location {
  state: JobState | null;
  score: string | null;
  /** Why the state is not known for certain. */
  note: string | null;
}

/** Lists have no index: further in nobody looks, because that would hold Redis up. */
const LIST_DEPTH = 10_000;

/** Finds a job in constant time, or in a bounded look into the lists; BullMQ's own way reads whole lists. */
export async function locateJob(
  conn: BullmqConnection,
  queue: QueueRef,
  id: string,
): Promise<Location> {
  return conn.run(async (redis) => {
    const batch = redis.pipeline();
    for (const state of SET_STATES) batch.zscore(stateKey(queue, state), id);
    batch.exists(`${queueKey(queue, id)}:lock`);
    for (const state of LISTS) {
      batch.lpos(stateKey(queue, state), id, "RANK", -1, "MAXLEN", LIST_DEPTH);
      batch.lpos(stateKey(queue, state), id, "RANK", 1, "MAXLEN", LIST_DEPTH);
      batch.llen(stateKey(queue, state));
    }
    const answers = ((await batch.exec()) ?? []).map(([error, value]) => (error ? null : value));
    return decode(answers);
  });
}

const LISTS = ["active", "waiting", "paused"] as const satisfies readonly JobState[];

function decode(answers: readonly unknown[]): Location {
  const set = SET_STATES.findIndex((_state, at) => typeof answers[at] === "string");
  if (set >= 0)
    return { state: SET_STATES[set] ?? null, score: answers[set] as string, note: null };
  const [locked, ...lists] = answers.slice(SET_STATES.length);
  const found = LISTS.find((_state, at) => {
    const [fromRight, fromLeft] = lists.slice(at * 3, at * 3 + 2);
    return typeof fromRight === "number" || typeof fromLeft === "number";
  });
  if (found) return { state: found, score: null, note: null };
  // A lock outlives a worker that died, but only by seconds.
  if (locked === 1) return { state: "active", score: null, note: null };
  const deep = LISTS.filter((_state, at) => Number(lists[at * 3 + 2] ?? 0) > 2 * LIST_DEPTH);
  if (deep.length === 0) {
    return { state: null, score: null, note: "No list of the queue holds it." };
  }
  const note = `Probably ${deep.join(" or ")}: the list is too long to search in full.`;
  return { state: deep.length === 1 ? (deep[0] ?? null) : null, score: null, note };
}
