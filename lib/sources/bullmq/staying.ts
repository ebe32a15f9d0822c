import { readEach } from "./batch.ts";
import type { BullmqConnection } from "./connect.ts";
import { queueKey, type QueueRef } from "./queries.ts";
import { isMarker } from "./states.ts";

/**
 * Which of these jobs a sweep leaves alone: one that a worker holds, a flow's parent with jobs pending, a job that such a parent
 * waits for, the next run of a scheduler. In the order of `ids`.
 */
export async function whichStay(
  conn: BullmqConnection,
  queue: QueueRef,
  ids: readonly string[],
): Promise<boolean[]> {
  const own = await readEach(conn, ids, (batch, id) => {
    const key = queueKey(queue, id);
    batch.exists(`${key}:lock`).scard(`${key}:dependencies`).hmget(key, "parentKey", "rjk");
  });
  const bonds = ids.map((id, at) => {
    const [parent, scheduler] = (own[at]?.[2] ?? []) as (string | null)[];
    return { id, parent: parent ?? "", scheduler: scheduler ?? "" };
  });
  const related = await readEach(conn, bonds, (batch, { id, parent, scheduler }) => {
    batch.sismember(`${parent}:dependencies`, queueKey(queue, id));
    batch.zscore(queueKey(queue, "repeat"), scheduler);
  });
  return bonds.map(({ id, scheduler }, at) => {
    const [locked, pending] = own[at] ?? [];
    const [awaited, due] = related[at] ?? [];
    const isNextRun = typeof due === "string" && id === `repeat:${scheduler}:${due}`;
    return isMarker(id) || locked === 1 || Number(pending) > 0 || awaited === 1 || isNextRun;
  });
}
