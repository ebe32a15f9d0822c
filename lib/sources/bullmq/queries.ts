import { readEach } from "./batch.ts";
import type { BullmqConnection } from "./connect.ts";

export interface QueueRef {
  prefix: string;
  name: string;
}

export interface DiscoveredQueue extends QueueRef {
  /** Bull 3/4 queues are read-only for us: BullMQ's scripts do not fit them. */
  flavour: "bullmq" | "bull";
  /** Version of the library that wrote the queue last, such as `6.7.0`; null when it left none. */
  version: string | null;
  paused: boolean;
}

export const queueKey = ({ prefix, name }: QueueRef, part: string): string =>
  `${prefix}:${name}:${part}`;

/** Reads what each candidate is, in two rounds; candidates that are no queue are left out. */
export async function describeQueues(
  conn: BullmqConnection,
  refs: readonly QueueRef[],
): Promise<DiscoveredQueue[]> {
  if (refs.length === 0) return [];
  const metas = await readEach(conn, refs, (batch, ref) => {
    batch.hmget(queueKey(ref, "meta"), "version", "opts.maxLenEvents", "paused");
  });
  const found: DiscoveredQueue[] = [];
  const undecided: QueueRef[] = [];
  refs.forEach((ref, at) => {
    const [version, maxLenEvents, paused] = (metas[at]?.[0] ?? []) as (string | null)[];
    // A paused Bull queue has a `meta` hash too: only these two fields are BullMQ's own.
    if (!version && !maxLenEvents) undecided.push(ref);
    else
      found.push({
        ...ref,
        flavour: "bullmq",
        version: version?.split(":").at(-1) ?? null,
        paused: paused === "1",
      });
  });
  return [...found, ...(await describeByKeys(conn, undecided))];
}

/** Queues without BullMQ's mark: Bull, or BullMQ whose producers write no meta. Judged by keys of the right type. */
async function describeByKeys(
  conn: BullmqConnection,
  refs: readonly QueueRef[],
): Promise<DiscoveredQueue[]> {
  if (refs.length === 0) return [];
  const parts = await readEach(conn, refs, (batch, ref) => {
    batch.llen(queueKey(ref, "wait"));
    batch.llen(queueKey(ref, "active"));
    for (const part of ["completed", "failed", "delayed"]) batch.zcard(queueKey(ref, part));
    batch.xlen(queueKey(ref, "events"));
    batch.exists(queueKey(ref, "meta-paused"));
    batch.hget(queueKey(ref, "meta"), "paused");
  });
  return refs.flatMap((ref, at): DiscoveredQueue[] => {
    const [wait, active, completed, failed, delayed, events, pausedMark, paused] = parts[at] ?? [];
    const lengths = [wait, active, completed, failed, delayed];
    // undefined = the key has another type: somebody else's `…:id` and `…:failed`.
    if (lengths.some((length) => length === undefined)) return [];
    if (typeof events === "number" && events > 0)
      return [{ ...ref, flavour: "bullmq", version: null, paused: paused === "1" }];
    const isPaused = pausedMark === 1 || paused === "1";
    if (!isPaused && lengths.every((length) => length === 0)) return [];
    return [{ ...ref, flavour: "bull", version: null, paused: isPaused }];
  });
}
