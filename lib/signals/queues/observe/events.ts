import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";

/** Events read per queue and collection; a queue with more is sampled. */
const MAX_EVENTS = 3_000;
/** Return values travel inside events: where they are large, fewer are read, and fewer at a time. */
const MAX_BYTES = 1_000_000;
const CHUNK_BYTES = 250_000;
const FIRST_CHUNK = 20;
const MAX_CHUNK = 300;

/** What BullMQ's event stream tells about the time since the last look. */
export interface EventCounts {
  completed: number;
  failed: number;
  /** Where to go on. */
  lastId: string;
  /** Some events were not read, so the counts are projected from those that were. */
  projected: boolean;
  /** Events were trimmed away before anybody read them. */
  gap: boolean;
}

interface Tally {
  completed: number;
  failed: number;
  events: number;
  bytes: number;
  lastId: string;
}

/**
 * Counts finished jobs in the stream behind `cursor`, in bounded chunks. Without a cursor it only finds the end, so the next
 * call can count. Null when the queue has no stream or it cannot be read.
 */
export async function readEvents(
  conn: BullmqConnection,
  queue: QueueRef,
  cursor: string | null,
  abort: AbortSignal,
): Promise<EventCounts | null> {
  const key = queueKey(queue, "events");
  const ends = await streamEnds(conn, key);
  if (!ends) return null;
  const nothing = { completed: 0, failed: 0, lastId: ends.last, projected: false, gap: false };
  if (cursor === null || compareIds(ends.last, cursor) <= 0) return nothing;
  const tally = await count(conn, key, cursor, abort);
  const whole = compareIds(tally.lastId, ends.last) >= 0;
  const factor = whole ? 1 : span(cursor, ends.last) / Math.max(span(cursor, tally.lastId), 1);
  return {
    completed: Math.round(tally.completed * factor),
    failed: Math.round(tally.failed * factor),
    lastId: whole ? tally.lastId : ends.last,
    projected: !whole,
    gap: compareIds(ends.first, cursor) > 0,
  };
}

async function streamEnds(
  conn: BullmqConnection,
  key: string,
): Promise<{ first: string; last: string } | null> {
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

async function count(
  conn: BullmqConnection,
  key: string,
  cursor: string,
  abort: AbortSignal,
): Promise<Tally> {
  const tally: Tally = { completed: 0, failed: 0, events: 0, bytes: 0, lastId: cursor };
  while (tally.events < MAX_EVENTS && tally.bytes < MAX_BYTES && !abort.aborted) {
    const size = chunkSize(tally);
    const chunk = await conn.run((redis) =>
      redis.xrange(key, `(${tally.lastId}`, "+", "COUNT", size),
    );
    for (const [id, fields] of chunk) add(tally, id, fields);
    if (chunk.length < size) break;
  }
  return tally;
}

function chunkSize({ events, bytes }: Tally): number {
  if (events === 0) return FIRST_CHUNK;
  const fitting = Math.floor(CHUNK_BYTES / Math.max(bytes / events, 1));
  return Math.min(Math.max(fitting, 1), MAX_CHUNK);
}

function add(tally: Tally, id: string, fields: readonly string[]): void {
  const event = fields[fields.indexOf("event") + 1];
  if (event === "completed") tally.completed += 1;
  if (event === "failed") tally.failed += 1;
  tally.events += 1;
  tally.bytes += fields.reduce((sum, field) => sum + field.length, 0);
  tally.lastId = id;
}

/** Ids are `milliseconds-sequence`. */
export function compareIds(a: string, b: string): number {
  const [timeA = 0, seqA = 0] = a.split("-").map(Number);
  const [timeB = 0, seqB = 0] = b.split("-").map(Number);
  return timeA - timeB || seqA - seqB;
}

const span = (from: string, to: string): number => Number.parseInt(to) - Number.parseInt(from);
