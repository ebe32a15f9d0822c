import { z } from "zod";
import { guardSchema, letterIdSchema, querySchema, queueRefSchema } from "./schema.ts";
import { REDRIVE_STATES } from "./states.ts";

const count = z.number().int().nonnegative();
const time = z.iso.datetime().nullable();

/** Letters one redrive takes at most. */
export const MAX_REDRIVE = 200_000;

/** What `redrives.start` is given, after a dry run (`reads/selection`). One redrive is started per queue it covers. */
export const startRedriveSchema = z.object({
  q: querySchema,
  /** From the dry run: later failures are not part of it. */
  upTo: letterIdSchema,
  /** From the dry run: when another number would be frozen, nothing is started. */
  expected: z.int().positive().max(MAX_REDRIVE),
  /** Named after the incident. */
  name: z.string().trim().min(3).max(120),
  /** Letters per second. */
  rate: z.int().min(1).max(2_000).default(100),
  canary: z.int().min(0).max(100).default(10),
  stopRatio: z.number().min(0).max(1).default(0.2),
  resetAttempts: z.boolean().default(false),
  /** Key of another queue of the same source to move them to; null = each back into its own. */
  target: z.string().max(1_000).nullable().default(null),
});

export const redriveIdSchema = z.object({ id: z.uuid() });

export const redriveSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  queue: queueRefSchema,
  target: z.string().nullable(),
  query: z.string(),
  reason: z.string(),
  startedBy: z.string(),
  state: z.enum(REDRIVE_STATES),
  note: z.string().nullable(),
  /** Null when none is named, and once it is over. */
  breaker: guardSchema.nullable(),
  rate: z.number(),
  canary: z.number(),
  stopRatio: z.number(),
  resetAttempts: z.boolean(),
  total: count,
  /** Exact at every moment, also after a crash: they add up to `total`. */
  items: z.object({
    pending: count,
    claimed: count,
    retried: count,
    moved: count,
    superseded: count,
    gone: count,
    unknown: count,
    skipped: count,
  }),
  /** Of the retried and moved ones. */
  outcomes: z.object({ completed: count, failedAgain: count, unknown: count, open: count }),
  createdAt: z.iso.datetime(),
  startedAt: time,
  finishedAt: time,
  /** Letters per second over the last minute; null before there is a figure. */
  rateNow: z.number().nullable(),
  /** Seconds until the last letter is sent; null when it cannot be told. */
  etaSeconds: z.number().nullable(),
  runId: z.uuid(),
});
export type Redrive = z.infer<typeof redriveSchema>;

export const redrivesParamsSchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
export const redrivesSchema = z.object({
  rows: z.array(redriveSchema),
  nextCursor: z.string().nullable(),
});
