import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { removeFrom } from "#lib/sources/bullmq/job-acts.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";

/**
 * Takes a failed job that was copied elsewhere out of its queue, while its failure is still the one that was copied. A job that
 * others depend on or act on stays: its copy runs all the same.
 */
export async function removeOriginal(
  conn: BullmqConnection,
  queue: QueueRef,
  { job, score }: { job: string; score: string | null },
  runId: string,
): Promise<void> {
  const addedAt = await conn.run((redis) => redis.hget(queueKey(queue, job), "timestamp"));
  if (addedAt === null || score === null) return;
  await removeFrom(conn, "failed", { queue, id: job, runId, score, addedAt });
}
