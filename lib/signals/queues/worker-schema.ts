import { z } from "zod";
import { jobRowSchema } from "./live-schema.ts";

const count = z.int().nonnegative();

export const workersParamsSchema = z.object({ queue: z.string().min(3).max(1_000) });

const workerSchema = z.object({
  /** Of its connection. */
  id: z.string(),
  /** The `name` it was given; null when it has none. */
  name: z.string().nullable(),
  address: z.string(),
  /** The library that it names; servers before Redis 7.2 do not keep it. */
  library: z.string().nullable(),
  ageSeconds: z.number().nullable(),
  idleSeconds: z.number().nullable(),
});

/** Who works on a queue now, and on what. */
export const workersSchema = z.object({
  /** Null when nobody may list them. */
  connected: count.nullable(),
  unreadBecause: z.string().nullable(),
  workers: z.array(workerSchema),
  /** Null when there are too many to count in time. */
  active: count.nullable(),
  jobs: z.array(
    jobRowSchema.extend({
      /** Until its lock runs out; null when it has none: its worker is gone, or about to stall. */
      lockMs: z.number().nullable(),
    }),
  ),
});
export type Workers = z.infer<typeof workersSchema>;
