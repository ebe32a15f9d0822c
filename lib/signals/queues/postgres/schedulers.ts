import { maskJson } from "#lib/core/redact.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { readOnlyBecause } from "#lib/sources/bullmq/read-only.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { listSchedulers } from "#lib/sources/bullmq-postgres/schedulers.ts";
import type { SchedulerRow, Schedulers } from "../scheduler-schema.ts";

const PAGE = 25;

/** A page of a queue's schedulers, the next due first. None can be paused here. */
export async function readPostgresSchedulers(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  offset: number,
): Promise<Schedulers> {
  const { total, schedulers } = await listSchedulers(conn, queue, { offset, limit: PAGE });
  const blocked = readOnlyBecause("bullmq_postgres", "bullmq", null);
  const end = offset + schedulers.length;
  return {
    total,
    rows: schedulers.map(({ endAt, next, nextState, payload, ...scheduler }) => ({
      ...scheduler,
      endAt: endAt?.toISOString() ?? null,
      next: next?.toISOString() ?? null,
      payload: payload && maskJson(payload),
      nextState: stateOfNext(nextState),
      pausedAt: null,
      readOnlyBecause: blocked,
    })),
    nextOffset: end < total && schedulers.length > 0 ? end : null,
    paused: [],
    pausedTotal: 0,
  };
}

function stateOfNext(state: string | null): SchedulerRow["nextState"] {
  if (state === "delayed") return "delayed";
  if (state === "active") return "running";
  return state === "waiting" ? "ready" : "stuck";
}
