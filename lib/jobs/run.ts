import { type Job as StoredJob, UnrecoverableError, Worker } from "bullmq";
import { env } from "#lib/config/env.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import type { Job, JobQueue } from "./define.ts";
import { KEY_PREFIX, RECONNECT } from "./redis.ts";

export interface RunningQueue {
  /** How many jobs this process works on at once. */
  setConcurrency(concurrency: number): void;
  /** Takes no more jobs and waits for those under way, at most `patienceMs`. */
  close(patienceMs: number): Promise<void>;
}

/**
 * Works on one queue until closed. Every job gets the same treatment: its data is checked, its duration and failure are
 * logged, and data that does not fit fails for good. When Redis goes away it carries on as soon as Redis is back.
 */
export function runQueue<Context>(
  queue: JobQueue,
  jobs: readonly Job<unknown, Context>[],
  context: Context,
  concurrency: number,
): RunningQueue {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const worker = new Worker(queue, (stored) => handle(byName, stored, context), {
    connection: { url: env().REDIS_URL, ...RECONNECT, maxRetriesPerRequest: null },
    prefix: KEY_PREFIX,
    concurrency,
    // Jobs that outlive a worker are rare here, and what they do is safe to repeat or guarded by a lease.
    lockDuration: 30 * SECOND,
    stalledInterval: 15 * SECOND,
  });
  worker.on("error", (error) => log.debug({ err: error, queue }, "queue connection"));
  worker.on("stalled", (jobId) =>
    log.warn({ queue, jobId }, "a job lost its worker and will run again"),
  );
  return {
    setConcurrency: (wanted) => {
      if (wanted !== worker.concurrency) worker.concurrency = wanted;
    },
    close: (patienceMs) => closeWithin(worker, patienceMs),
  };
}

async function handle<Context>(
  byName: ReadonlyMap<string, Job<unknown, Context>>,
  stored: StoredJob,
  context: Context,
): Promise<void> {
  const job = byName.get(stored.name);
  if (!job) throw new UnrecoverableError(`No job is called ${stored.name}`);
  const data = job.schema.safeParse(stored.data);
  const about = { job: stored.name, jobId: stored.id };
  if (!data.success) {
    log.error(
      { ...about, issues: data.error.issues.map(({ path, code }) => ({ path, code })) },
      "a job's data does not fit",
    );
    throw new UnrecoverableError(`The data does not fit ${stored.name}`);
  }
  const started = performance.now();
  try {
    await job.handle(data.data, context);
    log.debug({ ...about, ms: Math.round(performance.now() - started) }, "job done");
  } catch (error) {
    log.error({ ...about, ms: Math.round(performance.now() - started), err: error }, "job failed");
    throw error;
  }
}

async function closeWithin(worker: Worker, patienceMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), patienceMs);
  const closed = worker.close().catch(() => {});
  if ((await Promise.race([closed, late])) === "late")
    await Promise.race([worker.close(true).catch(() => {}), after(SECOND)]);
  clearTimeout(timer);
}

const after = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms).unref());
