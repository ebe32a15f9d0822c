import { z } from "zod";
import { jobRowSchema } from "./live-schema.ts";

const queueKey = z.string().min(3).max(1_000);
const count = z.int().nonnegative();
const id = z.string().min(1).max(1_000);

/** A few of the jobs that would go, and how many of those looked at closely would stay. */
const looksSchema = z.object({ sample: z.array(jobRowSchema), looked: count, staying: count });

/** What was there when somebody looked: a drain removes nothing else. */
export const seenSchema = z.object({
  /** Milliseconds since 1970. */
  at: count,
  /** The last number that BullMQ gave to a job. */
  lastId: count,
  lists: z
    .array(z.object({ state: z.enum(["waiting", "paused"]), newest: id, oldest: id, count }))
    .max(2),
  prioritized: z.object({ counter: count, count }),
  delayed: z.object({ count }),
});

export const drainParamsSchema = z.object({ queue: queueKey });
export const drainPreviewSchema = looksSchema.extend({
  paused: z.boolean(),
  seen: seenSchema,
  /** The same for the delayed jobs. */
  delayed: looksSchema,
});
export type DrainPreview = z.infer<typeof drainPreviewSchema>;

export const cleanStateSchema = z.enum(["completed", "failed"]);

export const cleanParamsSchema = z.object({
  queue: queueKey,
  state: cleanStateSchema,
  /** Seconds since they finished. */
  age: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_650 * 86_400),
});
export const cleanPreviewSchema = looksSchema.extend({
  /** Milliseconds since 1970: what finished later stays. */
  before: count,
  count,
  total: count,
  oldest: z.iso.datetime().nullable(),
});
export type CleanPreview = z.infer<typeof cleanPreviewSchema>;
