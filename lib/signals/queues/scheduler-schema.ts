import { z } from "zod";

const count = z.int().nonnegative();
const time = z.iso.datetime().nullable();

export const schedulersParamsSchema = z.object({
  queue: z.string().min(3).max(1_000),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});

/** What becomes of the next run. `stuck`: it is gone or over and made no other; the scheduler stands still. */
export const nextStateSchema = z.enum(["delayed", "ready", "running", "stuck"]);

const schedulerSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  pattern: z.string().nullable(),
  everyMs: z.number().nullable(),
  timeZone: z.string().nullable(),
  limit: z.number().nullable(),
  endAt: time,
  iterations: z.number().nullable(),
  next: time,
  /** Null while paused, and for repeatable jobs of older versions. */
  nextState: nextStateSchema.nullable(),
  pausedAt: time,
  /** Keys and shape of the payload its jobs get; null when it is too large to list. */
  payload: z.string().nullable(),
  /** Why it cannot be acted on. */
  readOnlyBecause: z.string().nullable(),
});
export type SchedulerRow = z.infer<typeof schedulerSchema>;

export const schedulersSchema = z.object({
  total: count,
  rows: z.array(schedulerSchema),
  /** Where the next page begins; null at the end. */
  nextOffset: count.nullable(),
  /** Those that Plumbline paused, newest first; only on the first page. */
  paused: z.array(schedulerSchema),
  pausedTotal: count,
});
export type Schedulers = z.infer<typeof schedulersSchema>;
