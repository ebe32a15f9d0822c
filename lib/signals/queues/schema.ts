import { z } from "zod";
import { pageSchema } from "#lib/api/schema.ts";
import { JOB_STATES } from "#lib/sources/bullmq/states.ts";

/** A count that could not be read is null, never 0. */
const count = z.number().int().nonnegative().nullable();
const time = z.iso.datetime().nullable();

export const jobStateSchema = z.enum(JOB_STATES);
export type { JobState } from "#lib/sources/bullmq/states.ts";

export const countsSchema = z.record(jobStateSchema, count);
export type Counts = z.infer<typeof countsSchema>;

/** A figure from a sample or a difference instead of a count. */
const judged = z.object({ value: z.number(), estimated: z.boolean() });

/** Where the finished jobs were counted, best first. */
export const finishedFromSchema = z.enum(["worker_metrics", "events", "difference"]);

const finishedSchema = z.object({
  /** Jobs per minute over the last five minutes of observations; null before the second one. */
  completedPerMinute: z.number().nullable(),
  failedPerMinute: z.number().nullable(),
  /** Over the last 15 minutes. */
  completed: z.number().nullable(),
  failed: z.number().nullable(),
  /** failed / (failed + completed) of the last 15 minutes; null without any finished job. */
  failureRatio: z.number().nullable(),
  from: finishedFromSchema.nullable(),
  /** Why the figures may be off, in one sentence; null when they are counts. */
  estimatedBecause: z.string().nullable(),
});

const backoffSchema = z.object({
  type: z.string(),
  delayMs: z.number().nullable(),
  jitter: z.number().nullable(),
});

const keepSchema = z.object({
  atOnce: z.boolean(),
  keepCount: z.number().nullable(),
  keepSeconds: z.number().nullable(),
});

/** Options of the newest job that was looked at: a sample, not a setting of the queue. */
export const seenOptionsSchema = z.object({
  attempts: z.number().nullable(),
  backoff: backoffSchema.nullable(),
  delayMs: z.number().nullable(),
  lifo: z.boolean(),
  removeOnComplete: keepSchema.nullable(),
  removeOnFail: keepSchema.nullable(),
});

export const queueRowSchema = z.object({
  /** `source~prefix:queue`, as in addresses. */
  id: z.string(),
  source: z.string(),
  sourceId: z.uuid(),
  /** `prefix:queue`, as in Redis. */
  key: z.string(),
  prefix: z.string(),
  name: z.string(),
  flavour: z.enum(["bullmq", "bull"]),
  version: z.string().nullable(),
  /** Why no action is offered; null when actions are. */
  readOnlyBecause: z.string().nullable(),
  counts: countsSchema,
  /** Jobs that could run now: waiting, prioritized and those older versions set aside while paused. */
  backlog: count,
  /** Delayed jobs told apart: a failed attempt behind them, or scheduled for later. */
  retrying: judged.nullable(),
  scheduled: judged.nullable(),
  oldestWaitingSeconds: judged.nullable(),
  objectiveSeconds: z.number(),
  oldestFailedAt: time,
  newestFailedAt: time,
  nextDueAt: time,
  paused: z.boolean().nullable(),
  workers: count,
  /** Jobs wait and nobody is connected to take them; null when CLIENT LIST is not allowed. */
  unattended: z.boolean().nullable(),
  finished: finishedSchema,
  /** Backlog over the last hour, oldest first; null = not observed. */
  spark: z.array(z.number().nullable()),
  observedAt: z.iso.datetime(),
});
export type QueueRow = z.infer<typeof queueRowSchema>;

/** From this share on a queue counts as failing … */
export const MIN_FAILURE_RATIO = 0.1;
/** … once this many jobs finished in the window: one failure among three is not a trend. */
export const MIN_FINISHED = 20;

/** What the list can be sorted by; unknown values come last either way. */
export const SORTS = [
  "name",
  "source",
  "backlog",
  "active",
  "delayed",
  "failed",
  "oldest",
  "throughput",
  "failure_ratio",
  "workers",
] as const;

/** What can be picked out: each is a trouble of its own. */
export const FLAGS = ["unattended", "late", "failing", "paused", "read_only"] as const;

export const listParamsSchema = z.object({
  /** Part of the queue's or prefix's name. */
  q: z.string().max(200).optional(),
  source: z.string().optional(),
  flag: z.enum(FLAGS).optional(),
  sort: z.enum(SORTS).default("backlog"),
  dir: z.enum(["asc", "desc"]).default("desc"),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListParams = z.infer<typeof listParamsSchema>;

export const listSchema = pageSchema(queueRowSchema).extend({
  total: z.number().int(),
  /** For the filter: every source that carries queues. */
  sources: z.array(z.string()),
});

export const queueDetailSchema = queueRowSchema.extend({
  labels: z.record(z.string(), z.string()),
  globalConcurrency: z.number().nullable(),
  rateLimit: z.object({ max: z.number(), durationMs: z.number() }).nullable(),
  seenOptions: seenOptionsSchema.nullable(),
  /** Failed jobs vanish at once: nothing can be looked at or retried. Null when no job's options were seen. */
  discardsFailures: z.boolean().nullable(),
  problems: z.array(
    z.object({
      type: z.string(),
      severity: z.string(),
      title: z.string(),
      since: z.iso.datetime(),
    }),
  ),
});
export type QueueDetail = z.infer<typeof queueDetailSchema>;

/** Charts of one queue: depth by state, waiting age, finished jobs. */
export const seriesParamsSchema = z.object({
  id: z.string(),
  range: z.string().default("1h"),
});

const pointSchema = z.object({ at: z.iso.datetime(), value: z.number().nullable() });
export const seriesSchema = z.object({
  bucketSeconds: z.number(),
  series: z.array(z.object({ metric: z.string(), points: z.array(pointSchema) })),
});
