import { type JobFacts, jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { MAX_FETCH_BYTES } from "#lib/sources/bullmq/payload.ts";
import { type Failure, storableCount } from "./failure.ts";
import { type Entry, LATEST, type Leftover, timeOfScore } from "./reader.ts";

const MAX_TEXT_BYTES = 1024 * 1024;
/** Fields that may be of any size, with how much of each is fetched. */
export const TEXTS = [
  ["data", MAX_FETCH_BYTES],
  ["opts", MAX_TEXT_BYTES],
  ["failedReason", MAX_TEXT_BYTES],
  ["stacktrace", MAX_TEXT_BYTES],
] as const;

/** A member of the failed set; or an event, which tells the same. */
export type JobEntry = Entry & { eventId?: string };

/** What was found of one job before its texts are fetched. */
export interface Head {
  entry: JobEntry;
  facts: JobFacts | null;
  /** Bytes of each of `TEXTS`. */
  sizes: number[];
  /** Its texts are not fetched. */
  skipped?: boolean;
}

/** What was read of one job. */
export interface FoundJob {
  head: Head;
  /** In the order of `TEXTS`; empty when they could not be read. */
  texts: readonly (Buffer | null)[];
  finishedOn: string | null;
}

/** A failure from what was read of its job. */
export function failureOf(head: Head, texts: readonly (Buffer | null)[]): Failure {
  const [, , error, stacks] = texts;
  const { score, eventId } = head.entry;
  return {
    ...leftover(head, texts),
    state: "dead",
    failedAt: timeOfScore(score),
    score,
    eventId: eventId ?? null,
    error: error?.toString("utf8") ?? null,
    stacks: stacks?.toString("utf8") ?? null,
  };
}

/** What the job's own record tells; what no column holds is not known. */
export function leftover(
  { entry, facts, sizes }: Head,
  texts: readonly (Buffer | null)[],
): Leftover {
  const [data, optsBytes] = texts;
  const opts = optsBytes?.toString("utf8") ?? null;
  return {
    jobId: entry.jobId,
    name: facts?.name ?? null,
    data: data ?? null,
    dataBytes: sizes[0] ?? null,
    opts,
    attempts: storableCount(facts?.attemptsMade),
    starts: storableCount(facts?.attemptsStarted),
    stalls: storableCount(facts?.stalls),
    maxAttempts: storableCount(jobOptions(opts)?.attempts),
    worker: facts?.worker ?? null,
    parent: facts?.parentKey ?? null,
    addedAt: time(facts?.addedAt),
    startedAt: time(facts?.startedAt),
  };
}

/** The failed set names a job that is not there: Redis threw it away, or somebody did. */
export function ghost({ entry }: Head): Failure {
  return {
    state: "lost",
    jobId: entry.jobId,
    failedAt: timeOfScore(entry.score),
    score: null,
    eventId: entry.eventId ?? null,
    name: null,
    data: null,
    dataBytes: null,
    opts: null,
    error: null,
    stacks: null,
    attempts: null,
    starts: null,
    stalls: null,
    maxAttempts: null,
    worker: null,
    parent: null,
    addedAt: null,
    startedAt: null,
  };
}

/** As with counts, anybody may have written these. */
const time = (value: Date | null | undefined): Date | null =>
  value && value.getTime() >= 0 && value.getTime() <= LATEST ? value : null;
