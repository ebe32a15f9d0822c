import { maskJson } from "#lib/core/redact.ts";
import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { type DiscoveredQueue, queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { readOnlyBecause } from "#lib/sources/bullmq/read-only.ts";
import { nextJobId } from "#lib/sources/bullmq/scheduler-acts.ts";
import {
  listPaused,
  listSchedulers,
  pausedSchedulerKey,
  type Scheduler,
  schedulerKey,
} from "#lib/sources/bullmq/schedulers.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import type { SchedulerRow, Schedulers } from "../scheduler-schema.ts";

const PAGE = 25;
/** A longer payload is not fetched for a list. */
const MAX_PAYLOAD = 16 * 1024;

export const LEGACY =
  "A repeatable job of an older BullMQ: only versions that define schedulers can be acted on.";

/** A page of a queue's schedulers, the next due first, with those that were paused here. */
export async function readSchedulers(
  conn: BullmqConnection,
  queue: DiscoveredQueue,
  offset: number,
): Promise<Schedulers> {
  const { total, schedulers } = await listSchedulers(conn, queue, { offset, limit: PAGE });
  const paused = offset === 0 ? await listPaused(conn, queue, PAGE) : { total: 0, schedulers: [] };
  const blocked = readOnlyBecause("bullmq", queue.flavour, queue.version);
  const states = await nextStates(conn, queue, schedulers);
  const payloads = await readPayloads(conn, schedulers, (id) => schedulerKey(queue, id));
  const kept = await readPayloads(conn, paused.schedulers, (id) => pausedSchedulerKey(queue, id));
  const end = offset + schedulers.length;
  return {
    total,
    rows: schedulers.map((scheduler, at) => ({
      ...toRow(scheduler, payloads[at] ?? null),
      nextState: scheduler.legacy ? null : (states[at] ?? null),
      pausedAt: null,
      readOnlyBecause: blocked ?? (scheduler.legacy ? LEGACY : null),
    })),
    nextOffset: end < total && schedulers.length > 0 ? end : null,
    paused: paused.schedulers.map((scheduler, at) => ({
      ...toRow(scheduler, kept[at] ?? null),
      nextState: null,
      pausedAt: new Date(scheduler.pausedAt).toISOString(),
      readOnlyBecause: blocked,
    })),
    pausedTotal: paused.total,
  };
}

function toRow(
  scheduler: Scheduler,
  payload: string | null,
): Omit<SchedulerRow, "nextState" | "pausedAt" | "readOnlyBecause"> {
  const { id, name, pattern, every, timeZone, limit, endAt, iterations, next } = scheduler;
  return {
    id,
    name,
    pattern,
    everyMs: every,
    timeZone,
    limit,
    endAt: toIso(endAt),
    iterations,
    next: toIso(next),
    payload,
  };
}

async function readPayloads(
  conn: BullmqConnection,
  schedulers: readonly Scheduler[],
  keyOf: (id: string) => string,
): Promise<(string | null)[]> {
  const answers = await readEach(conn, schedulers, (batch, { id, payloadBytes }) => {
    batch.hget(keyOf(id), payloadBytes <= MAX_PAYLOAD ? "data" : "");
  });
  return schedulers.map(({ payloadBytes }, at) => {
    if (payloadBytes > MAX_PAYLOAD) return null;
    const [data] = answers[at] ?? [];
    return typeof data === "string" ? maskJson(data) : "{}";
  });
}

async function nextStates(
  conn: BullmqConnection,
  queue: QueueRef,
  schedulers: readonly Scheduler[],
): Promise<SchedulerRow["nextState"][]> {
  const answers = await readEach(conn, schedulers, (batch, { id, next }) => {
    const job = nextJobId(id, next ?? 0);
    const key = queueKey(queue, job);
    batch.zscore(stateKey(queue, "delayed"), job).exists(`${key}:lock`);
    batch.exists(key).hexists(key, "finishedOn");
  });
  return schedulers.map((_scheduler, at) => {
    const [score, locked, exists, finished] = answers[at] ?? [];
    if (typeof score === "string") return "delayed";
    if (locked === 1) return "running";
    return exists === 1 && finished === 0 ? "ready" : "stuck";
  });
}

function toIso(ms: number | null): string | null {
  const at = new Date(ms ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
