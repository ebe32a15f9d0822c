import { readEach } from "./batch.ts";
import type { BullmqConnection } from "./connect.ts";
import { queueKey, type QueueRef } from "./queries.ts";

/** The definition of a scheduler as BullMQ stores it, without its payload. Times are milliseconds since 1970. */
export interface Scheduler {
  id: string;
  /** The name of the jobs it makes. */
  name: string | null;
  pattern: string | null;
  /** Milliseconds between two runs. */
  every: number | null;
  timeZone: string | null;
  limit: number | null;
  startAt: number | null;
  endAt: number | null;
  /** Where in its interval each run lies, in milliseconds. */
  offset: number | null;
  /** Runs so far. */
  iterations: number | null;
  /** When it is due next; while paused, when it would have been. */
  next: number | null;
  /** The options of its jobs, in JSON. */
  opts: string | null;
  payloadBytes: number;
  /** Repeatable jobs of BullMQ before 5 are read only. */
  legacy: boolean;
}

export interface PausedScheduler extends Scheduler {
  pausedAt: number;
  /** The options of the run that its pause took back, and whether there was one. */
  nextOpts: string | null;
  wasDelayed: boolean;
}

export const schedulerKey = (queue: QueueRef, id: string): string =>
  queueKey(queue, `repeat:${id}`);

/** Where a paused definition waits: BullMQ has no pause, so it is moved out of BullMQ's sight. No job id has this form. */
export const pausedSchedulerKey = (queue: QueueRef, id: string): string =>
  queueKey(queue, `plumbline-paused-scheduler:id=${id}`);

/** The ids of paused schedulers, by when they were paused. */
export const pausedSchedulersKey = (queue: QueueRef): string =>
  queueKey(queue, "plumbline-paused-schedulers:all");

const FIELDS = [
  "name",
  "pattern",
  "every",
  "tz",
  "limit",
  "startDate",
  "endDate",
  "offset",
  "ic",
  "opts",
] as const;
const PAUSED_FIELDS = ["plumbline.next", "plumbline.at", "plumbline.opts", "plumbline.delayed"];
/** Options are small; a text of this size is none. */
const MAX_OPTS = 64 * 1024;

/** A page of schedulers, the next due first, and how many there are. */
export async function listSchedulers(
  conn: BullmqConnection,
  queue: QueueRef,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ total: number; schedulers: Scheduler[] }> {
  const key = queueKey(queue, "repeat");
  const [total, flat] = await conn.run((redis) =>
    Promise.all([redis.zcard(key), redis.zrange(key, offset, offset + limit - 1, "WITHSCORES")]),
  );
  const found = flat.flatMap((id, at) =>
    at % 2 === 0 ? [{ id, next: Number(flat[at + 1]) }] : [],
  );
  const answers = await readEach(conn, found, (batch, { id }) => {
    const own = schedulerKey(queue, id);
    batch.hmget(own, ...FIELDS).hstrlen(own, "data");
  });
  const schedulers = found.map(({ id, next }, at) => {
    const [values, bytes] = answers[at] ?? [];
    return toScheduler(id, texts(values), { next, payloadBytes: Number(bytes ?? 0) });
  });
  return { total, schedulers };
}

/** One scheduler; null when the queue has none of this id. */
export async function readScheduler(
  conn: BullmqConnection,
  queue: QueueRef,
  id: string,
): Promise<Scheduler | null> {
  const own = schedulerKey(queue, id);
  const [score, values, bytes] = await conn.run((redis) =>
    Promise.all([
      redis.zscore(queueKey(queue, "repeat"), id),
      redis.hmget(own, ...FIELDS),
      redis.hstrlen(own, "data"),
    ]),
  );
  if (score === null) return null;
  return toScheduler(id, values, { next: Number(score), payloadBytes: bytes });
}

/** The schedulers that we paused and that did not come back by themselves since, at most `limit`. */
export async function listPaused(
  conn: BullmqConnection,
  queue: QueueRef,
  limit: number,
): Promise<{ total: number; schedulers: PausedScheduler[] }> {
  const key = pausedSchedulersKey(queue);
  const [total, ids] = await conn.run((redis) =>
    Promise.all([redis.zcard(key), redis.zrevrange(key, 0, limit - 1)]),
  );
  const found = await Promise.all(ids.map((id) => readPaused(conn, queue, id)));
  return { total, schedulers: found.filter((scheduler) => scheduler !== null) };
}

/** A scheduler that we paused; null when we did not, or when the application defined it again since. */
export async function readPaused(
  conn: BullmqConnection,
  queue: QueueRef,
  id: string,
): Promise<PausedScheduler | null> {
  const own = pausedSchedulerKey(queue, id);
  const [back, values, bytes] = await conn.run((redis) =>
    Promise.all([
      redis.zscore(queueKey(queue, "repeat"), id),
      redis.hmget(own, ...FIELDS, ...PAUSED_FIELDS),
      redis.hstrlen(own, "data"),
    ]),
  );
  const [next, at, nextOpts, delayed] = values.slice(FIELDS.length);
  if (back !== null || !at) return null;
  return {
    ...toScheduler(id, values, { next: Number(next), payloadBytes: bytes }),
    pausedAt: Number(at),
    nextOpts: nextOpts || null,
    wasDelayed: delayed === "1",
  };
}

function toScheduler(
  id: string,
  values: readonly (string | null)[],
  rest: Pick<Scheduler, "next" | "payloadBytes">,
): Scheduler {
  const [name, pattern, every, tz, limit, start, end, offset, iterations, opts] = values;
  // Only `upsertJobScheduler` counts iterations; a repeatable job of an older version has its definition in its id.
  const legacy = iterations === null || iterations === undefined;
  return {
    id,
    name: name ?? null,
    pattern: pattern ?? null,
    every: whole(every),
    timeZone: tz ?? null,
    limit: whole(limit),
    startAt: whole(start),
    endAt: whole(end),
    offset: whole(offset),
    iterations: whole(iterations),
    opts: opts && opts.length <= MAX_OPTS ? opts : null,
    legacy,
    ...rest,
  };
}

const texts = (values: unknown): (string | null)[] =>
  Array.isArray(values) ? (values as (string | null)[]) : [];

const whole = (text: string | null | undefined): number | null =>
  text && Number.isFinite(Number(text)) ? Math.trunc(Number(text)) : null;
