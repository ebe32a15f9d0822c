import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { compareIds, eventTime, readStream, streamEnds } from "#lib/sources/bullmq/event-stream.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";

/** What is read per queue and collection; a queue with more is sampled. */
const LIMITS = { events: 3_000, bytes: 1_000_000 };

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
  const ends = await streamEnds(conn, queue);
  if (!ends) return null;
  const nothing = { completed: 0, failed: 0, lastId: ends.last, projected: false, gap: false };
  if (cursor === null || compareIds(ends.last, cursor) <= 0) return nothing;
  const tally = { completed: 0, failed: 0 };
  const lastId = await readStream(conn, queue, cursor, LIMITS, abort, ({ name }) => {
    if (name === "completed") tally.completed += 1;
    if (name === "failed") tally.failed += 1;
  });
  const whole = compareIds(lastId, ends.last) >= 0;
  const factor = whole ? 1 : span(cursor, ends.last) / Math.max(span(cursor, lastId), 1);
  return {
    completed: Math.round(tally.completed * factor),
    failed: Math.round(tally.failed * factor),
    lastId: whole ? lastId : ends.last,
    projected: !whole,
    gap: compareIds(ends.first, cursor) > 0,
  };
}

const span = (from: string, to: string): number => eventTime(to) - eventTime(from);
