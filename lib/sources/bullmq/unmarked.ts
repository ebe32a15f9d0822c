import { readEach } from "./batch.ts";
import type { BullmqConnection } from "./connect.ts";
import { queueKey, type QueueRef } from "./queries.ts";
import { stateKey } from "./states.ts";

/** Which of the two last ones nobody can tell, and for what we do it makes no difference. */
const FIVE_OR_LATER = "5+";

/**
 * Versions of queues that hold none, as those that only a FlowProducer fills: BullMQ 5 and later count a job's attempts in a
 * field of their own. Null where no job tells.
 */
export async function versionsByJobs(
  conn: BullmqConnection,
  queues: readonly QueueRef[],
): Promise<(string | null)[]> {
  const ends = await readEach(conn, queues, (batch, queue) => {
    batch.zrange(stateKey(queue, "completed"), -1, -1);
    batch.zrange(stateKey(queue, "failed"), -1, -1);
    batch.lrange(stateKey(queue, "active"), 0, 0);
  });
  const jobs = ends.flatMap((lists, at) =>
    lists.flatMap((ids) => (Array.isArray(ids) ? ids.map((id) => ({ at, id: String(id) })) : [])),
  );
  const answers = await readEach(conn, jobs, (batch, { at, id }) => {
    const key = queueKey(queues[at] as QueueRef, id);
    batch.hexists(key, "atm").hexists(key, "ats");
  });
  const told = new Set(jobs.flatMap(({ at }, job) => (answers[job]?.includes(1) ? [at] : [])));
  return queues.map((_queue, at) => (told.has(at) ? FIVE_OR_LATER : null));
}
