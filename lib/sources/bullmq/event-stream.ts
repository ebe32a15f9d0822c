import { ChunkSize } from "./chunk-size.ts";
import type { BullmqConnection } from "./connect.ts";
import { queueKey, type QueueRef } from "./queries.ts";

/** One entry of BullMQ's event stream: `failed`, `completed`, `waiting`, … with its fields. */
export interface QueueEvent {
  /** `milliseconds-sequence` by Redis' clock. */
  id: string;
  name: string;
  jobId: string | null;
  /** Where the job was before; only some events tell. */
  prev: string | null;
  failedReason: string | null;
  /** Only `retries-exhausted` tells. */
  attemptsMade?: number | null;
}

/**
 * The ids of the oldest and newest entry kept; null when the queue has no stream or it cannot be read. Redis tells an id only
 * with its entry: two of them are the price.
 */
export async function streamEnds(
  conn: BullmqConnection,
  queue: QueueRef,
): Promise<{ first: string; last: string } | null> {
  const key = queueKey(queue, "events");
  const [first, last] = await conn.run(async (redis) => {
    const answers = await redis
      .pipeline()
      .xrange(key, "-", "+", "COUNT", 1)
      .xrevrange(key, "+", "-", "COUNT", 1)
      .exec();
    return (answers ?? []).map(([error, value]) => (error ? null : firstId(value)));
  });
  return first && last ? { first, last } : null;
}

function firstId(value: unknown): string | null {
  const entries = value as [string, string[]][];
  return entries[0]?.[0] ?? null;
}

export interface EventLimits {
  /** Entries and bytes after which no further chunk is asked for. */
  events: number;
  bytes: number;
}

/**
 * Hands every entry behind `cursor` to `visit`, in chunks that fit their sizes: return values travel inside events. Returns the
 * id of the last entry read: `cursor` itself when there was none.
 */
export async function readStream(
  conn: BullmqConnection,
  queue: QueueRef,
  cursor: string,
  limits: EventLimits,
  abort: AbortSignal,
  visit: (event: QueueEvent) => void,
): Promise<string> {
  const key = queueKey(queue, "events");
  const read = { events: 0, bytes: 0, lastId: cursor };
  const chunk = new ChunkSize();
  while (read.events < limits.events && read.bytes < limits.bytes && !abort.aborted) {
    const { size } = chunk;
    const entries = await conn.run((redis) =>
      redis.xrange(key, `(${read.lastId}`, "+", "COUNT", size),
    );
    const lengths = entries.map(([, fields]) =>
      fields.reduce((sum, field) => sum + field.length, 0),
    );
    for (const [id, fields] of entries) visit(toEvent(id, fields));
    read.events += entries.length;
    read.bytes += lengths.reduce((sum, length) => sum + length, 0);
    read.lastId = entries.at(-1)?.[0] ?? read.lastId;
    if (entries.length < size) break;
    chunk.came(Math.max(...lengths));
  }
  return read.lastId;
}

function toEvent(id: string, fields: readonly string[]): QueueEvent {
  const value = (name: string): string | null => {
    for (let at = 0; at + 1 < fields.length; at += 2) {
      if (fields[at] === name) return fields[at + 1] ?? null;
    }
    return null;
  };
  return {
    id,
    name: value("event") ?? "",
    jobId: value("jobId"),
    prev: value("prev"),
    failedReason: value("failedReason"),
    attemptsMade: Number(value("attemptsMade")) || null,
  };
}

/** Ids are `milliseconds-sequence`. */
export function compareIds(a: string, b: string): number {
  const [timeA = 0, seqA = 0] = a.split("-").map(Number);
  const [timeB = 0, seqB = 0] = b.split("-").map(Number);
  return timeA - timeB || seqA - seqB;
}

/** When an entry was written, in milliseconds of Redis' clock. */
export const eventTime = (id: string): number => Number.parseInt(id);
