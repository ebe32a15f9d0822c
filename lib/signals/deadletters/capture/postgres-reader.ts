import { jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { readStream, streamEnds } from "#lib/sources/bullmq-postgres/event-stream.ts";
import {
  failedBehind,
  failedCounts,
  failedSince,
  lookForFailures,
  standings,
  type WholeJob,
  wholeJobs,
} from "#lib/sources/bullmq-postgres/failures.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { BATCH, type Failure, inGroups, storableCount } from "./failure.ts";
import { type Entry, type FailureReader, type Leftover, type Look, timeOfScore } from "./reader.ts";

/** Reads the failures of BullMQ queues on Postgres: a failure's score is the millisecond at which its job finished. */
export function postgresReader(conn: BullmqPostgresConnection): FailureReader {
  return {
    look: (queues, abort) => look(conn, queues, abort),
    sizes: (queues, abort) => sizes(conn, queues, abort),
    newer: (queue, front, limit) => failedSince(conn, queue, front, limit),
    walk: async (queue, cursor, limit) => {
      const last = cursor === null ? null : entryOf(cursor);
      const entries = last
        ? await failedBehind(conn, queue, last, limit)
        : await failedSince(conn, queue, null, limit);
      const end = entries.length < limit ? undefined : entries.at(-1);
      return { entries, next: end ? `${end.score} ${end.jobId}` : null };
    },
    read: (queue, entries, abort) => readFailures(conn, queue, entries, abort),
    leftOf: async (queue, jobIds) => {
      const found = new Map<string, Leftover>();
      for await (const jobs of wholeJobs(conn, queue, jobIds)) {
        for (const job of jobs) found.set(job.id, leftover(queue, job));
      }
      return jobIds.map((id) => found.get(id) ?? null);
    },
    standing: async (queue, jobIds) => {
      const jobs = await standings(conn, queue, jobIds);
      return jobs.map((job) => ({
        score: job?.state === "failed" ? job.finishedAt : null,
        exists: job !== null,
        completedAt: job?.state === "completed" ? Number(job.finishedAt) : null,
      }));
    },
    eventEnds: (queue) => streamEnds(conn, queue),
    events: (queue, cursor, limits, abort, visit) =>
      readStream(conn, queue, cursor, limits, abort, visit),
  };
}

async function look(
  conn: BullmqPostgresConnection,
  queues: readonly { ref: QueueRef; eventId: string | null }[],
  abort: AbortSignal,
): Promise<Look[]> {
  const found = new Map<string, Map<string, Look>>();
  for (const [schema, own] of Map.groupBy(queues, ({ ref }) => ref.prefix)) {
    if (abort.aborted) return [];
    const asked = own.map(({ ref, eventId }) => ({ name: ref.name, eventId }));
    found.set(schema, await lookForFailures(conn, schema, asked));
  }
  const nothing: Look = { newest: null, events: false };
  return queues.map(({ ref }) => found.get(ref.prefix)?.get(ref.name) ?? nothing);
}

/** Milliseconds of their server for counting large failed sets, per schema. */
const COUNTING_MS = 250;

async function sizes(
  conn: BullmqPostgresConnection,
  queues: readonly QueueRef[],
  abort: AbortSignal,
): Promise<(number | null)[]> {
  const found = new Map<QueueRef, number | null>();
  for (const [schema, own] of Map.groupBy(queues, ({ prefix }) => prefix)) {
    if (abort.aborted) break;
    const names = own.map(({ name }) => name);
    const counts = await failedCounts(conn, schema, names, COUNTING_MS);
    for (const [at, ref] of own.entries()) found.set(ref, counts[at] ?? null);
  }
  return queues.map((ref) => found.get(ref) ?? null);
}

/** `score id`; ids may hold spaces, scores do not. */
function entryOf(cursor: string): Entry {
  const at = cursor.indexOf(" ");
  return { score: cursor.slice(0, at), jobId: cursor.slice(at + 1) };
}

async function* readFailures(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  entries: readonly (Entry & { eventId?: string })[],
  abort: AbortSignal,
): AsyncGenerator<Failure[]> {
  const asked = new Map(entries.map((entry) => [entry.jobId, entry]));
  for await (const jobs of wholeJobs(conn, queue, [...asked.keys()], abort)) {
    const failures = jobs.flatMap((job): Failure[] => {
      const entry = asked.get(job.id);
      // Retried or failed again since: not this failure any more.
      if (!entry || !job.failed || job.finishedAt !== entry.score) return [];
      return [failureOf(queue, job, entry)];
    });
    yield* inGroups(
      failures,
      BATCH,
      ({ data, stacks }) => (data?.length ?? 0) + (stacks?.length ?? 0),
    );
  }
}

function failureOf(queue: QueueRef, job: WholeJob, entry: Entry & { eventId?: string }): Failure {
  return {
    ...leftover(queue, job),
    state: "dead",
    failedAt: timeOfScore(entry.score),
    score: entry.score,
    eventId: entry.eventId ?? null,
    error: job.reason,
    stacks: job.stacks,
  };
}

function leftover({ prefix }: QueueRef, { id, facts, data, dataBytes, opts }: WholeJob): Leftover {
  return {
    jobId: id,
    name: facts.name,
    data: data === null ? null : Buffer.from(data),
    dataBytes,
    opts,
    attempts: facts.attemptsMade,
    starts: facts.attemptsStarted,
    stalls: facts.stalls,
    maxAttempts: storableCount(jobOptions(opts)?.attempts),
    worker: facts.worker,
    parent: facts.parentKey && `${prefix}:${facts.parentKey}`,
    addedAt: facts.addedAt,
    startedAt: facts.startedAt,
  };
}
