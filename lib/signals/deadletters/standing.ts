import { isAppError } from "#lib/core/errors.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";

/**
 * How a job stands to the failure a letter is about: `here` = still that failure; `superseded` = something has acted on the job
 * since; `gone` = the queue does not have it any more.
 */
export type Standing = "here" | "superseded" | "gone";

export async function standingOf(
  conn: BullmqConnection,
  queue: QueueRef,
  { job, score }: { job: string; score: string | null },
): Promise<Standing> {
  const [now, exists] = await conn.run((redis) =>
    Promise.all([redis.zscore(stateKey(queue, "failed"), job), redis.exists(queueKey(queue, job))]),
  );
  if (exists === 0) return "gone";
  return now !== null && now === score ? "here" : "superseded";
}

/** A queue that does not exist any more has none of its jobs. */
export const goneWithQueue = (error: unknown): "gone" => {
  if (isAppError(error) && error.code === "not_found") return "gone";
  throw error;
};
