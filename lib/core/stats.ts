/**
 * The increase of a counter since its last reading, or null when it went down: the target restarted or reset it,
 * and the part that was lost cannot be known.
 */
export function counterDelta(previous: number | null | undefined, current: number): number | null {
  if (previous === null || previous === undefined || current < previous) return null;
  return current - previous;
}

/** `part / whole`, or null when there is nothing to divide: no traffic is not a ratio of 0. */
export function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** The q-quantile (0..1) by linear interpolation between closest ranks; null for an empty list. */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (sorted.length - 1) * q;
  const low = sorted[Math.floor(rank)] as number;
  const high = sorted[Math.ceil(rank)] as number;
  return low + (high - low) * (rank - Math.floor(rank));
}
