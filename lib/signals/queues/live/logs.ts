import { redactText } from "#lib/core/redact.ts";
import { ChunkSize } from "#lib/sources/bullmq/chunk-size.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";

export const LOG_LINES = 200;
export const MAX_LOG_LINE = 2_000;

/** Characters after which no further lines are fetched: a log may have lines of megabytes. */
const MAX_FETCH = 1_000_000;

/**
 * At most `LOG_LINES` lines of a job's log, from line number `from` up to and without `to`. Reads from the end to the beginning, in
 * slices that fit the lines; `leftOut` is how many at the beginning were not fetched.
 */
export async function readLogs(
  conn: BullmqConnection,
  queue: QueueRef,
  { job, from, to }: { job: string; from: number; to: number },
  revealed: boolean,
): Promise<{ lines: string[]; leftOut: number }> {
  const key = `${queueKey(queue, job)}:logs`;
  const slices: string[][] = [];
  const chunk = new ChunkSize();
  let start = Math.min(to, from + LOG_LINES);
  let fetched = 0;
  while (start > from && fetched < MAX_FETCH) {
    const end = start;
    start = Math.max(from, end - chunk.size);
    const slice = await conn.run((redis) => redis.lrange(key, start, end - 1));
    const lengths = slice.map((line) => line.length);
    fetched += lengths.reduce((sum, length) => sum + length, 0);
    chunk.came(Math.max(...lengths));
    slices.unshift(slice.map((line) => shownLine(line, revealed)));
  }
  return { lines: slices.flat(), leftOut: Math.max(0, start - from) };
}

/** Masking takes time with the length; what a cut in two would show of an address is cut off after it. */
export const shownLine = (line: string, revealed: boolean): string =>
  (revealed ? line : redactText(line.slice(0, 2 * MAX_LOG_LINE))).slice(0, MAX_LOG_LINE);
