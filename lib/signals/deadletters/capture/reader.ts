import type { EventLimits, QueueEvent } from "#lib/sources/bullmq/event-stream.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { Failure } from "./failure.ts";

/** A member of a failed set. */
export interface Entry {
  jobId: string;
  /** Digit by digit as the set holds it. */
  score: string;
}

/** Where one goes on in the order of scores: behind `skip` entries with this score. */
export interface Front {
  score: string;
  skip: number;
}

/** Where a job is now. */
export interface Standing {
  /** Its score in the failed set; null when it is not in it. */
  score: string | null;
  exists: boolean;
  /** When it was completed, in milliseconds; null when it is not among the completed jobs. */
  completedAt: number | null;
}

/** What one cheap look at a queue tells. */
export interface Look {
  /** The newest score of its failed set; null when that is empty or cannot be read. */
  newest: string | null;
  /** There are events behind the cursor. */
  events: boolean;
}

/**
 * How failures are read from one kind of source. Every call is bounded; those with `abort` stop early and return what they have.
 */
export interface FailureReader {
  /** At most two cheap commands for each queue. Fewer answers than queues when time ran out. */
  look(
    queues: readonly { ref: QueueRef; eventId: string | null }[],
    abort: AbortSignal,
  ): Promise<Look[]>;
  /** How many jobs each failed set holds; null = could not be read. Fewer answers than queues when time ran out. */
  sizes(queues: readonly QueueRef[], abort: AbortSignal): Promise<(number | null)[]>;
  /** The next entries in the order of their scores, oldest first; from the beginning without a `front`. */
  newer(queue: QueueRef, front: Front | null, limit: number): Promise<Entry[]>;
  /** A page of the whole set in any order; every entry that stays in it is met by the time `next` is null. */
  walk(
    queue: QueueRef,
    cursor: string | null,
    limit: number,
  ): Promise<{ entries: Entry[]; next: string | null }>;
  /**
   * The failures behind these entries, in batches that fit one transaction. Entries that have left the set meanwhile are missing.
   * `eventId` is that of the entry's own event, where one told of it.
   */
  read(
    queue: QueueRef,
    entries: readonly (Entry & { eventId?: string })[],
    abort: AbortSignal,
  ): AsyncIterable<Failure[]>;
  /** What is left of jobs that are not in the failed set any more: null where nothing is. */
  leftOf(queue: QueueRef, jobIds: readonly string[]): Promise<(Leftover | null)[]>;
  standing(queue: QueueRef, jobIds: readonly string[]): Promise<Standing[]>;
  /** The oldest and newest event kept; null when there are none. */
  eventEnds(queue: QueueRef): Promise<{ first: string; last: string } | null>;
  /** Hands every event behind `cursor` to `visit`; returns the id of the last one. */
  events(
    queue: QueueRef,
    cursor: string,
    limits: EventLimits,
    abort: AbortSignal,
    visit: (event: QueueEvent) => void,
  ): Promise<string>;
}

/** What a job's own record tells, whatever became of the job. */
export type Leftover = Omit<
  Failure,
  "state" | "failedAt" | "score" | "eventId" | "error" | "stacks"
>;

/** Redis writes fractions in more than one way. */
export const isSameScore = (one: unknown, other: string | null): boolean =>
  one === other || (other !== null && Number(one) === Number(other));

/** Behind every failure, and still a time that can be stored. */
export const LATEST = Date.UTC(9999, 11, 31);

/** The time a score stands for, in milliseconds. */
export const timeOfScore = (score: string): number =>
  /^\+?inf/.test(score) ? LATEST : storableTime(Math.floor(Number(score)));

/** What is no time becomes one that can be stored. */
export const storableTime = (ms: number): number =>
  Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LATEST);
