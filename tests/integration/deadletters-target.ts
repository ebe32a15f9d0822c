import { sql } from "#lib/db/sql.ts";
import { follow } from "#lib/signals/deadletters/capture/follow.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type SeenLetter, lettersOf } from "./deadletters-failures.ts";
import type { QueueTarget } from "./queues-target.ts";
import { until } from "./queues-target.ts";

/** Makes queues known, as the collection of the queues does. */
export async function watch(source: OpenSource, ...keys: string[]): Promise<void> {
  await sql.query(
    `INSERT INTO entity (source_id, signal, key, data, observed_at)
     SELECT $1, 'queues', key, '{}', now() FROM unnest($2::text[]) AS key ON CONFLICT DO NOTHING`,
    [source.id, keys],
  );
}

/** One round of capturing over everything that is known. */
export const capture = (source: OpenSource): Promise<void> =>
  follow({ source, abort: new AbortController().signal });

/** The row that says how far capturing a queue has got. */
export async function captureOf(source: OpenSource, key: string): Promise<CaptureRow> {
  const { rows } = await sql.query<CaptureRow>(
    `SELECT id, watermark, event_id AS "eventId", gap_since AS "gapSince", gaps, reconciled_at AS "reconciledAt",
       reconcile_cursor AS walk, captured_at AS "capturedAt", arrived::int, lost::int FROM deadletters_queue WHERE source_id = $1 AND key = $2`,
    [source.id, key],
  );
  const [row] = rows;
  if (!row) throw new Error(`${key} is not captured`);
  return row;
}

export interface CaptureRow {
  id: number;
  watermark: string | null;
  eventId: string | null;
  gapSince: Date | null;
  gaps: number;
  reconciledAt: Date | null;
  walk: string | null;
  capturedAt: Date | null;
  arrived: number;
  lost: number;
}

export async function captured(source: OpenSource, key: string): Promise<SeenLetter[]> {
  return lettersOf((await captureOf(source, key)).id);
}

/** Adds jobs that all fail with what `fail` throws, and waits until they have. */
export async function failJobs(
  target: QueueTarget,
  name: string,
  jobs: { name: string; data: unknown; opts?: object }[],
  fail: (data: never) => Error = () => new Error("no"),
): Promise<void> {
  const queue = target.queue(name);
  await queue.addBulk(jobs);
  await letFail(target, name, jobs.length, fail);
}

/** Runs a worker until it has failed so many jobs for good. */
export async function letFail(
  target: QueueTarget,
  name: string,
  count: number,
  fail: (data: never) => Error = () => new Error("no"),
): Promise<void> {
  let failed = 0;
  const worker = await target.worker(
    name,
    async ({ data }) => {
      throw fail(data as never);
    },
    { concurrency: 20 },
  );
  worker.on("failed", (job) => {
    if (!job || job.finishedOn !== undefined) failed += 1;
  });
  await until(
    async () => failed,
    (seen) => seen >= count,
  );
  await worker.close();
}
