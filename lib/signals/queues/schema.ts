import { z } from "zod";
import { pageSchema } from "#lib/api/schema.ts";
import { FINDINGS } from "./retries/findings.ts";
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

/** Options of jobs that were looked at: a sample, not a setting of the queue. */
export const seenOptionsSchema = z.object({
  attempts: z.number().nullable(),
  backoff: backoffSchema.nullable(),
  delayMs: z.number().nullable(),
  lifo: z.boolean(),
  removeOnComplete: keepSchema.nullable(),
  removeOnFail: keepSchema.nullable(),
});

const percentilesSchema = z.object({
  /** Seconds, over the last 15 minutes; at most a tenth off. */
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  /** How many were timed, of how many. */
  timed: z.number(),
  of: z.number(),
});
export type Percentiles = z.infer<typeof percentilesSchema>;

const timesSchema = z.object({
  /** From when a job could run to its start. */
  wait: percentilesSchema.nullable(),
  /** From start to end of each attempt. */
  run: percentilesSchema.nullable(),
});

/** Attempts and jobs of a window; estimates may be fractions. */
const attemptsSchema = z.object({
  asked: z.number(),
  first: z.number(),
  again: z.number(),
  completed: z.number(),
  failed: z.number(),
  retries: z.number(),
  stalls: z.number(),
});

const burnSchema = z.object({
  /** 1 = the whole budget; null with too few jobs. */
  used: z.number().nullable(),
  attempts: attemptsSchema,
});

const retriesSchema = z.object({
  /** The last 15 minutes. */
  attempts: attemptsSchema,
  amplification: z.number().nullable(),
  /** What independent failures of this share would make of it; null when no options were seen. */
  expected: z.number().nullable(),
  /** Share of the attempts that failed, for good or not. */
  failing: z.number().nullable(),
  budget: z.object({ fiveMinutes: burnSchema, hour: burnSchema }),
  /** Most frequent first, as shares of the failures of the last 15 minutes; without numbers and personal data. */
  errors: z.array(z.object({ text: z.string(), share: z.number() })),
  storm: z
    .object({
      since: z.iso.datetime(),
      /** Share of the attempts that were repeats, and of those that succeeded. */
      repeats: z.number(),
      success: z.number(),
      error: z.string(),
      errorShare: z.number(),
    })
    .nullable(),
});
export type Retries = z.infer<typeof retriesSchema>;

const findingSchema = z.object({
  id: z.enum(FINDINGS),
  severity: z.enum(["risk", "warning", "info"]),
  /** The fact, with its numbers. */
  seen: z.string(),
  /** On which jobs it was seen, of how many looks; null when it is not about jobs. */
  sampled: z.object({ names: z.array(z.string()), looks: z.number(), of: z.number() }).nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

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
  /** Why failed jobs cannot be retried; null when they can. */
  noRetryBecause: z.string().nullable(),
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
  /** Null while the queue has no events to read, or was not looked at twice. */
  times: timesSchema.nullable(),
  amplification: z.number().nullable(),
  /** Why it is not known, in a few words; null when it is. */
  amplificationUnknown: z.string().nullable(),
  storm: z.boolean().nullable(),
  /** Backlog over the last hour, oldest first; null = not observed. */
  spark: z.array(z.number().nullable()),
  observedAt: z.iso.datetime(),
  /** Not read for more than three intervals: by now it may be otherwise. */
  stale: z.boolean(),
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
  "wait",
  "amplification",
] as const;

/** What can be picked out: each is a trouble of its own. */
export const FLAGS = [
  "storm",
  "unattended",
  "late",
  "failing",
  "retrying",
  "paused",
  "read_only",
] as const;

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

/** All queues of a service together, over 15 minutes. */
const serviceSchema = z.object({
  service: z.string(),
  queues: z.number(),
  /** Attempts that began, and the jobs they were for. */
  attempts: z.number(),
  jobs: z.number(),
  retries: z.number(),
  amplification: z.number().nullable(),
});
export type Service = z.infer<typeof serviceSchema>;

export const listSchema = pageSchema(queueRowSchema).extend({
  total: z.number().int(),
  /** For the filter: every source that carries queues. */
  sources: z.array(z.string()),
  /** By label `service` of their sources, else by source; those with retries first. */
  services: z.array(serviceSchema),
});

export const queueDetailSchema = queueRowSchema.extend({
  labels: z.record(z.string(), z.string()),
  globalConcurrency: z.number().nullable(),
  rateLimit: z.object({ max: z.number(), durationMs: z.number() }).nullable(),
  /** The window of a rate limit that was open at the look; see limiter.ts. */
  limiter: z
    .object({
      closed: z.boolean().nullable(),
      taken: z.number().nullable(),
      leftSeconds: z.number(),
    })
    .nullable(),
  /** The breaker that guards what its workers call, by the source's labels. */
  breaker: z.string().nullable(),
  retries: retriesSchema.nullable(),
  /** Options seen in the last day, by name of job, newest first. */
  policies: z.array(
    z.object({
      name: z.string().nullable(),
      options: seenOptionsSchema,
      looks: z.number(),
      seenAt: z.iso.datetime(),
    }),
  ),
  /** What the way jobs are retried and kept will do one day, worst first. */
  findings: z.array(findingSchema),
  problems: z.array(
    z.object({
      type: z.string(),
      severity: z.string(),
      title: z.string(),
      /** The page that shows it. */
      href: z.string(),
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
