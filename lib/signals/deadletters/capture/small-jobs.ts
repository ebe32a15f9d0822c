import { readEach } from "#lib/sources/bullmq/batch.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { FACT_FIELDS, jobFacts } from "#lib/sources/bullmq/job-hash.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { type FoundJob, type JobEntry, TEXTS } from "./bullmq-decode.ts";
import { BATCH, inGroups, PIPELINE } from "./failure.ts";

// Nearly all jobs are small. Those are read whole in one command each, which is most of what capturing can save.

/** A job has some twenty fields: all of them are measured, and no key that is no job takes long. */
const SAMPLES = 64;

/** Connections whose user or server does not tell how large a key is. */
const untold = new WeakSet<BullmqConnection>();

/** Bytes of each job, 0 where there is none; null when they do not fit one batch, or the server does not tell. */
export async function smallSizes(
  conn: BullmqConnection,
  queue: QueueRef,
  entries: readonly JobEntry[],
  abort: AbortSignal,
): Promise<number[] | null> {
  if (untold.has(conn) || entries.length === 0) return null;
  const answers = await readEach(
    conn,
    entries,
    (batch, { jobId }) => batch.memory("USAGE", queueKey(queue, jobId), "SAMPLES", SAMPLES),
    abort,
  );
  if (answers.some(([size]) => size === undefined)) untold.add(conn);
  if (answers.length < entries.length || untold.has(conn)) return null;
  const sizes = answers.map(([size]) => Number(size));
  return sizes.reduce((sum, size) => sum + size, 0) <= BATCH.bytes ? sizes : null;
}

/** One group of jobs, in their order, each read in one command, so that what is known of it belongs together. */
export async function* readSmall(
  conn: BullmqConnection,
  queue: QueueRef,
  entries: readonly JobEntry[],
  sizes: readonly number[],
  abort: AbortSignal,
): AsyncGenerator<FoundJob[]> {
  const found: FoundJob[] = [];
  const sized = entries.map((entry, at) => ({ entry, size: sizes[at] ?? 0 }));
  for (const some of inGroups(sized, PIPELINE, ({ size }) => size)) {
    const answers = await readEach(
      conn,
      some,
      (batch, { entry }) => batch.hmgetBuffer(queueKey(queue, entry.jobId), ...FIELDS),
      abort,
    );
    if (answers.length < some.length) return;
    found.push(...answers.map(([values], at) => foundJob(some[at]!.entry, values)));
  }
  yield found;
}

const FIELDS = [...FACT_FIELDS, ...TEXTS.map(([field]) => field)];
const FINISHED_ON = FACT_FIELDS.indexOf("finishedOn");

/** Not an array: somebody else's key under a job's name. */
function foundJob(entry: JobEntry, values: unknown): FoundJob {
  if (!Array.isArray(values))
    return { head: { entry, facts: null, sizes: [] }, texts: [], finishedOn: null };
  const all = values as (Buffer | null)[];
  const facts = all.slice(0, FACT_FIELDS.length).map((value) => value?.toString("utf8") ?? null);
  const texts = all.slice(FACT_FIELDS.length);
  const sizes = texts.map((text) => text?.length ?? 0);
  return {
    head: { entry, facts: jobFacts(facts), sizes },
    texts,
    finishedOn: facts[FINISHED_ON] ?? null,
  };
}
