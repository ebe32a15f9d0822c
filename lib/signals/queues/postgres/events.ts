import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { readStream, streamEnds } from "#lib/sources/bullmq-postgres/event-stream.ts";
import { lookAtJobs } from "#lib/sources/bullmq-postgres/seen-jobs.ts";
import type { EventSource } from "../observe/events.ts";

/** The events and jobs of a queue on Postgres. */
export function postgresEvents(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  abort: AbortSignal,
): EventSource {
  return {
    ends: () => streamEnds(conn, queue),
    read: (cursor, limits, visit) => readStream(conn, queue, cursor, limits, abort, visit),
    look: (ids) => lookAtJobs(conn, queue, ids),
  };
}
