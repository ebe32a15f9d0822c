import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { readStream, streamEnds } from "#lib/sources/bullmq/event-stream.ts";
import { FACT_FIELDS, jobFacts, jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { EventSource } from "./events.ts";
import type { SeenJob } from "./untold.ts";

/** The events and jobs of a queue on Redis. */
export function redisEvents(
  conn: BullmqConnection,
  queue: QueueRef,
  abort: AbortSignal,
): EventSource {
  return {
    ends: () => streamEnds(conn, queue),
    read: (cursor, limits, visit) => readStream(conn, queue, cursor, limits, abort, visit),
    look: (ids) => lookAt(conn, queue, ids, abort),
  };
}

/** A longer reason is not fetched: it may be a whole response body. */
const MAX_REASON = 2_000;

async function lookAt(
  conn: BullmqConnection,
  queue: QueueRef,
  ids: readonly string[],
  abort: AbortSignal,
): Promise<(SeenJob | null)[]> {
  const answers = await readEach(
    conn,
    ids,
    (batch, id) => {
      const key = queueKey(queue, id);
      batch.hmget(key, ...FACT_FIELDS, "opts").hstrlen(key, "failedReason");
      batch.exists(`${key}:processed`, `${key}:failed`, `${key}:unsuccessful`);
    },
    abort,
  );
  const jobs = ids.map((id, at): (SeenJob & { reasonLength: number }) | null => {
    const [answer, length, children] = answers[at] ?? [];
    const values = (Array.isArray(answer) ? answer : []) as (string | null)[];
    const facts = jobFacts(values.slice(0, FACT_FIELDS.length));
    const options = jobOptions(values[FACT_FIELDS.length]);
    const isParent = Number(children ?? 0) > 0;
    return facts && { id, facts, options, isParent, reason: null, reasonLength: Number(length) };
  });
  const failed = jobs.filter(
    (job) => job !== null && job.reasonLength > 0 && job.reasonLength <= MAX_REASON,
  );
  const reasons = await readEach(
    conn,
    failed,
    (batch, job) => {
      if (job) batch.hget(queueKey(queue, job.id), "failedReason");
    },
    abort,
  );
  return jobs.map((job) => {
    const reason = job && reasons[failed.indexOf(job)]?.[0];
    return job && { ...job, reason: typeof reason === "string" ? reason : null };
  });
}
