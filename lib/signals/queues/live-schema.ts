import { z } from "zod";
import { onFailureSchema } from "./flow-schema.ts";
import { jobStateSchema, seenOptionsSchema } from "./schema.ts";

const time = z.iso.datetime().nullable();
const queueKey = z.string().min(3).max(1_000);

/** `failed` first by age or newest first; lists in the order they run. */
export const jobsParamsSchema = z.object({
  /** `prefix:queue`. */
  queue: queueKey,
  state: jobStateSchema.default("failed"),
  order: z.enum(["first", "last"]).default("last"),
  limit: z.coerce.number().int().min(1).max(50).default(25),
  cursor: z.string().max(2_000).optional(),
});

const factsSchema = z.object({
  name: z.string().nullable(),
  addedAt: time,
  startedAt: time,
  finishedAt: time,
  /** When a delayed job is due. */
  dueAt: time,
  attemptsMade: z.number(),
  /** Starts; more than the attempts that ended means that a worker died or lost the job. */
  attemptsStarted: z.number().nullable(),
  maxAttempts: z.number(),
  stalls: z.number().nullable(),
  priority: z.number(),
  worker: z.string().nullable(),
});

export const jobRowSchema = factsSchema.extend({
  id: z.string(),
  /** Why it failed, without personal data, shortened. */
  failedReason: z.string().nullable(),
  /** The state lists an id whose data is gone: deleted under memory pressure, or by hand. */
  ghost: z.boolean(),
});
export type JobRow = z.infer<typeof jobRowSchema>;

export const livePageSchema = z.object({
  state: jobStateSchema,
  /** Null when there are too many to count in time. */
  total: z.number().nullable(),
  rows: z.array(jobRowSchema),
  nextCursor: z.string().nullable(),
});
export type LivePage = z.infer<typeof livePageSchema>;

export const jobParamsSchema = z.object({ queue: queueKey, job: z.string().min(1).max(1_000) });

/** A text that may hold personal data: masked keeps keys and shape only. */
const payloadSchema = z.object({
  /** JSON as it is stored, so that large numbers keep their digits; null when it was not read. */
  text: z.string().nullable(),
  masked: z.boolean(),
  bytes: z.number(),
  /** What is missing of it, in one sentence. */
  note: z.string().nullable(),
});

const frameSchema = z.object({
  text: z.string(),
  /** Not of Node and not below node_modules. */
  inApp: z.boolean(),
});

/** A stretch of a job's log, by the numbers of its lines, the oldest being 0. */
export const logsParamsSchema = jobParamsSchema.extend({
  from: z.coerce.number().int().nonnegative(),
  to: z.coerce.number().int().positive(),
});
export const logsSchema = z.object({
  lines: z.array(z.string()),
  /** Lines at the beginning of the stretch that were not fetched, because those behind them are very long. */
  leftOut: z.number(),
});

export const liveJobSchema = factsSchema.extend({
  id: z.string(),
  state: jobStateSchema.nullable(),
  /** Why the state is not known, or what is odd about it. */
  stateNote: z.string().nullable(),
  options: seenOptionsSchema.nullable(),
  payload: payloadSchema,
  result: payloadSchema.nullable(),
  progress: z.string().nullable(),
  /** How far it is, where its progress says so; never masked. */
  percent: z.number().nullable(),
  failedReason: z.string().nullable(),
  /** One per failed attempt, newest first. */
  failures: z.array(
    z.object({ attempt: z.number(), message: z.string(), frames: z.array(frameSchema) }),
  ),
  /** Newest last; null when they cannot be read. */
  logs: z.object({ lines: z.array(z.string()), total: z.number() }).nullable(),
  parent: z
    .object({
      queue: z.string(),
      job: z.string(),
      /** Null when it is not known: the parent is gone, or is somewhere that cannot be read. */
      state: jobStateSchema.nullable(),
      /** What this job's failure does to it. */
      onFailure: onFailureSchema.nullable(),
    })
    .nullable(),
  /** Jobs this one waits for or waited for; null when it has none. A number that cannot be read is null. */
  children: z
    .object({
      pending: z.number().nullable(),
      completed: z.number().nullable(),
      failed: z.number().nullable(),
    })
    .nullable(),
  schedulerId: z.string().nullable(),
  /** Until when this person sees it unmasked is in the audit; here only that they do. */
  revealed: z.boolean(),
});
export type LiveJob = z.infer<typeof liveJobSchema>;
