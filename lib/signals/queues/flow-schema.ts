import { z } from "zod";
import { jobStateSchema } from "./schema.ts";

const queueKey = z.string().min(3).max(1_000);
const count = z.int().nonnegative();

/** What a child's failure does to its parent; null: the parent waits until the child completes. */
export const onFailureSchema = z.enum(["fails", "continues", "ignores", "forgets"]);

const childrenSchema = z.object({
  failed: count,
  /** Failed, and the parent went on. */
  ignored: count,
  pending: count,
  completed: count,
});

const nodeSchema = z.object({
  /** `prefix:queue`. */
  queue: z.string(),
  job: z.string(),
  /** Its data is gone: finished and not kept, or removed. */
  gone: z.boolean(),
  name: z.string().nullable(),
  state: jobStateSchema.nullable(),
  failedReason: z.string().nullable(),
  attemptsMade: z.number(),
  maxAttempts: z.number(),
  onFailure: onFailureSchema.nullable(),
  /** Null when it has none. */
  children: childrenSchema.nullable(),
});
export type FlowNode = z.infer<typeof nodeSchema>;

const jobParams = z.object({ queue: queueKey, job: z.string().min(1).max(1_000) });

export const flowParamsSchema = jobParams;
export const flowSchema = z.object({
  /** From the root down to the job that was asked for. */
  path: z.array(nodeSchema).min(1),
  /** There are more parents above than are read. */
  cut: z.boolean(),
});
export type Flow = z.infer<typeof flowSchema>;

export const flowChildrenParamsSchema = jobParams.extend({
  cursor: z.string().max(500).optional(),
});
export const flowChildrenSchema = z.object({
  rows: z.array(nodeSchema),
  nextCursor: z.string().nullable(),
});
