import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { queuesOf, watchedSchemas } from "#lib/sources/bullmq-postgres/discover.ts";
import { readPage } from "#lib/sources/bullmq-postgres/job-page.ts";
import { countJobs } from "#lib/sources/bullmq-postgres/queue-state.ts";
import { workersByQueue } from "#lib/sources/bullmq-postgres/workers.ts";
import { SHOWN_JOBS, SHOWN_WORKERS } from "../live/workers.ts";
import type { Workers } from "../worker-schema.ts";
import { toJobRow } from "./jobs.ts";

/** The connections of a queue's workers, and the jobs they hold, the longest held first. */
export async function readPostgresWorkers(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
): Promise<Workers> {
  const find = await workersByQueue(conn, "interactive");
  const isShared = await hasNamesake(conn, queue);
  const connected = isShared ? null : find(queue.name);
  const request = { state: "active", order: "first", limit: SHOWN_JOBS, cursor: null } as const;
  const { rows } = await readPage(conn, queue, request);
  const now = Date.now();
  return {
    connected: connected && connected.length,
    unreadBecause: isShared
      ? "Two schemas have a queue of this name, and connections do not tell theirs."
      : null,
    workers: (connected ?? []).slice(0, SHOWN_WORKERS).map(({ workerName, address, ...rest }) => ({
      ...rest,
      name: workerName,
      address: address ?? "not shown",
      library: null,
    })),
    active: await countJobs(conn, queue, "active", COUNTING_MS),
    jobs: rows.map((row) => {
      const left = (row.lockedUntil?.getTime() ?? 0) - now;
      return { ...toJobRow(row), lockMs: left >= 0 ? left : null };
    }),
  };
}

/** Milliseconds; jobs at work are as few as their workers. */
const COUNTING_MS = 1_000;

async function hasNamesake(
  conn: BullmqPostgresConnection,
  { prefix, name }: QueueRef,
): Promise<boolean> {
  for (const schema of await watchedSchemas(conn)) {
    if (schema.name === prefix || schema.unreadable.length > 0) continue;
    const queues = await queuesOf(conn, schema.name);
    if (queues.some((other) => other.name === name)) return true;
  }
  return false;
}
