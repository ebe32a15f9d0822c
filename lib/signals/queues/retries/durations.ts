/**
 * Durations as counts in buckets that widen by a fifth: a percentile read from them is at most a tenth off, and counts of
 * different minutes can be added up.
 */
export type DurationCounts = number[];

const GROWTH = 2 ** 0.25;
const LOG = Math.log(GROWTH);
/** Up to 49 days. */
const BUCKETS = 128;

/** Bucket 0 holds what took under a millisecond; bucket n what took up to GROWTH^n milliseconds. */
function bucketOf(ms: number): number {
  if (ms < 1) return 0;
  return Math.min(Math.floor(Math.log(ms) / LOG + 1e-9) + 1, BUCKETS - 1);
}

export function addDuration(counts: DurationCounts, ms: number, weight: number): void {
  const bucket = bucketOf(ms);
  while (counts.length <= bucket) counts.push(0);
  counts[bucket] = (counts[bucket] ?? 0) + weight;
}

export function addDurations(a: DurationCounts, b: DurationCounts): DurationCounts {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  return longer.map((count, bucket) => count + (shorter[bucket] ?? 0));
}

export const countDurations = (counts: DurationCounts): number =>
  counts.reduce((sum, count) => sum + count, 0);

/** The q-quantile (0..1) in milliseconds: the middle of its bucket. Null when nothing was timed. */
export function durationQuantile(counts: DurationCounts, q: number): number | null {
  const total = countDurations(counts);
  if (total <= 0) return null;
  let left = q * total;
  for (const [bucket, count] of counts.entries()) {
    left -= count;
    if (count > 0 && left <= 1e-9) return bucket === 0 ? 0.5 : GROWTH ** (bucket - 0.5);
  }
  return GROWTH ** (counts.length - 1.5);
}
