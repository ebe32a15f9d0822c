import { queueKey, type QueueRef } from "./queries.ts";

/** Where a job can be. `paused` is the list that Bull and BullMQ before 6 move waiting jobs to while a queue is paused. */
export const JOB_STATES = [
  "waiting",
  "paused",
  "prioritized",
  "active",
  "delayed",
  "waiting-children",
  "completed",
  "failed",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The states that are sorted sets. */
export const SET_STATES = [
  "failed",
  "completed",
  "delayed",
  "prioritized",
  "waiting-children",
] as const satisfies readonly JobState[];

const LISTS: ReadonlySet<JobState> = new Set(["waiting", "paused", "active"]);

/** Lists hold ids only; the other states are sorted sets. */
export const isListState = (state: JobState): boolean => LISTS.has(state);

export const stateKey = (queue: QueueRef, state: JobState): string =>
  queueKey(queue, state === "waiting" ? "wait" : state);

/** BullMQ before 5 wakes workers with an id like `0:1732377600000` inside the waiting list: it is no job. */
export const isMarker = (id: string): boolean => /^0:\d*$/.test(id);

/** Scores of the delayed set are the due time in milliseconds times 4096, plus a sequence. */
export const dueTime = (score: number): Date => new Date(Math.floor(score / 4096));

/** Scores of the prioritized set are the priority times 2^32, plus a sequence. */
export const PRIORITY_STEP = 2 ** 32;
