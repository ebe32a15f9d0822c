import { z } from "zod";

const count = z.int().nonnegative();
const time = z.iso.datetime();

/** How far ahead one looks; `auto` takes the shortest that holds nearly all. */
export const WAVE_WINDOWS = ["auto", "10m", "1h", "6h", "24h", "7d"] as const;

export const waveParamsSchema = z.object({
  queue: z.string().min(3).max(1_000),
  window: z.enum(WAVE_WINDOWS).default("auto"),
});

const bucketSchema = z.object({
  at: time,
  /** Exact. */
  total: count,
  /** Of these, jobs after a failed attempt; null when none could be looked at. */
  retrying: count.nullable(),
});

/** When the delayed jobs of a queue come due. */
export const waveSchema = z.object({
  /** Milliseconds since 1970: when it was looked at. */
  seenAt: count,
  windowSeconds: count,
  bucketSeconds: z.number().positive(),
  total: count,
  /** Due already: they run as soon as a worker looks. */
  overdue: count,
  /** Due after the window. */
  later: count,
  next: time.nullable(),
  buckets: z.array(bucketSchema),
  /** True when `retrying` was judged from samples. */
  estimated: z.boolean(),
  /** The fullest stretch: neighbouring buckets with at least a tenth of the fullest one. Null when nothing retries. */
  peak: z
    .object({ from: time, to: time, total: count, retrying: count, toMean: z.number() })
    .nullable(),
});
export type Wave = z.infer<typeof waveSchema>;
