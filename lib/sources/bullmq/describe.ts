import { readEach } from "./batch.ts";
import type { BullmqConnection } from "./connect.ts";
import { type DiscoveredQueue, queueKey, type QueueRef } from "./queries.ts";
import { versionsByJobs } from "./unmarked.ts";

/** Reads what each candidate is, in a few rounds; candidates that are no queue are left out. */
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
  const described = [...found, ...(await describeByKeys(conn, undecided))];
  return withVersions(conn, described);
}

async function withVersions(
  conn: BullmqConnection,
  queues: readonly DiscoveredQueue[],
): Promise<DiscoveredQueue[]> {
  const unmarked = queues.filter(({ flavour, version }) => flavour === "bullmq" && !version);
  if (unmarked.length === 0) return [...queues];
  const versions = await versionsByJobs(conn, unmarked);
  return queues.map((queue) => {
    const at = unmarked.indexOf(queue);
    return at < 0 ? queue : { ...queue, version: versions[at] ?? null };
  });
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
