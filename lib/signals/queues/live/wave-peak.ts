import type { Wave } from "../wave-schema.ts";

interface Bucket {
  /** Milliseconds since 1970. */
  at: number;
  total: number;
  retrying: number | null;
}

/** Neighbours belong to the peak while they hold at least this share of the fullest bucket. */
const SHOULDER = 0.1;

/** A herd that is due next has nothing before it to stand out from: then it is compared with what follows. */
const MIN_SPAN = 10;

/** The fullest stretch of retries, and how much fuller its fullest bucket is than the mean of all up to the last retry. */
export function peakOf(buckets: readonly Bucket[], stepMs: number): Wave["peak"] {
  const retrying = buckets.map((bucket) => bucket.retrying ?? 0);
  const highest = Math.max(...retrying, 0);
  if (highest === 0) return null;
  const top = retrying.indexOf(highest);
  const high = (at: number) => (retrying[at] ?? 0) >= Math.max(highest * SHOULDER, 1);
  let first = top;
  while (high(first - 1)) first -= 1;
  let last = top;
  while (high(last + 1)) last += 1;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const span = Math.max(retrying.findLastIndex((count) => count > 0) + 1, MIN_SPAN);
  return {
    from: new Date(buckets[first]?.at ?? 0).toISOString(),
    to: new Date((buckets[last]?.at ?? 0) + stepMs - 1).toISOString(),
    total: sum(buckets.slice(first, last + 1).map((bucket) => bucket.total)),
    retrying: sum(retrying.slice(first, last + 1)),
    toMean: highest / (sum(retrying) / span),
  };
}
