import { AppError } from "#lib/core/errors.ts";
import type { BullmqConnection } from "./connect.ts";
import { describeQueues } from "./describe.ts";
import type { DiscoveredQueue } from "./queries.ts";
import type { OpenSource } from "../define.ts";
import { refOfKey } from "./queue-ids.ts";

export interface OpenQueue {
  conn: BullmqConnection;
  queue: DiscoveredQueue;
}

/**
 * The queue behind a key, checked against the server: a key that is not a queue's must not become a way to read whatever else
 * is stored there. Throws `not_found`, and `precondition_failed` for queues that are not on Redis.
 */
export async function openQueue(source: OpenSource, key: string): Promise<OpenQueue> {
  if (source.kind === "bullmq_postgres") throw onPostgres(key);
  const ref = refOfKey(key);
  if (source.kind === "bullmq" && ref) {
    const { conn } = source;
    const offered = conn.prefixes === null || conn.prefixes.includes(ref.prefix);
    const [queue] = offered ? await describeQueues(conn, [ref]) : [];
    if (queue) return { conn, queue };
  }
  throw new AppError("not_found", `There is no queue ${key.slice(0, 100)} on ${source.name}`, {
    detail: "No key of it is there, or its prefix is not among those this source shows.",
    remedy: "See the list of queues.",
  });
}

const onPostgres = (key: string): AppError =>
  new AppError("precondition_failed", `Queue ${key.slice(0, 100)} is on PostgreSQL`, {
    detail: "There Plumbline shows figures, jobs and failures; this is possible on Redis only.",
    remedy: "Use the tools of the application that owns it.",
  });
