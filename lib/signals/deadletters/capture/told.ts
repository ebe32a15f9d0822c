import { eventTime, type QueueEvent } from "#lib/sources/bullmq/event-stream.ts";
import { isStorableId } from "./failure.ts";
import { storableTime } from "./reader.ts";

/** A failure that an event told of. */
export interface ToldFailure {
  eventId: string;
  jobId: string;
  reason: string | null;
  attempts: number | null;
  /** What came after it, as far as was read: the job failed again, was put back in line, or its id was given to a new job. */
  next: "failed" | "retried" | "added" | null;
}

/** What a part of an event stream says about failed jobs. */
export interface Told {
  /** In their order. */
  failures: ToldFailure[];
  /** Jobs that went from failed back to waiting, before anything else became of them. */
  retried: Set<string>;
  /** Ids of one's own choice that were given to new jobs, before anything else: no job had them any more. */
  added: Set<string>;
  /** When jobs were completed last, in milliseconds. */
  completed: Map<string, number>;
}

/** The queue counts such ids itself, and never uses one again. */
const NUMBER = /^\d+$/;
const MAX_REASON = 4_000;

/** Takes events in their order; `told` is what they said so far. */
export function listen(): { told: Told; hear(event: QueueEvent): void } {
  const told: Told = { failures: [], retried: new Set(), added: new Set(), completed: new Map() };
  const latest = new Map<string, ToldFailure>();
  return {
    told,
    hear({ id, name, jobId, prev, failedReason, attemptsMade }) {
      if (jobId === null || !isStorableId(jobId)) return;
      const before = latest.get(jobId);
      if (name === "failed") {
        if (before) before.next ??= "failed";
        const reason = failedReason?.slice(0, MAX_REASON) ?? null;
        const failure = { eventId: id, jobId, reason, attempts: null, next: null };
        latest.set(jobId, failure);
        told.failures.push(failure);
      } else if (name === "retries-exhausted" && before) {
        before.attempts = attemptsMade ?? null;
      } else if (name === "added") {
        if (before) before.next ??= "added";
        if (!NUMBER.test(jobId) && !told.retried.has(jobId)) told.added.add(jobId);
      } else if (name === "waiting" && prev === "failed") {
        if (before) before.next ??= "retried";
        if (!told.added.has(jobId)) told.retried.add(jobId);
      } else if (name === "completed") {
        told.completed.set(jobId, storableTime(eventTime(id)));
      }
    },
  };
}
