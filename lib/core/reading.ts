/** How far a number may be trusted. `unknown` is the absence of a reading; it is never shown as zero. */
export type Quality = "exact" | "estimated" | "stale" | "unknown";

/** What every read answers: the data, when the target was last observed, and how good that observation is. */
export interface Reading<T> {
  data: T;
  /** ISO 8601, or null when the target was never observed. */
  observedAt: string | null;
  quality: Quality;
  /** How often a new observation is due. */
  intervalSeconds: number;
  /** Why the quality is not `exact`, in one sentence. */
  reason?: string;
}

/** A reading older than this many intervals is stale (amber); blindness itself is reported by the source. */
export const STALE_AFTER_INTERVALS = 3;

export function isStale(observedAt: Date | null, intervalMs: number, now: Date): boolean {
  return (
    observedAt === null || now.getTime() - observedAt.getTime() > STALE_AFTER_INTERVALS * intervalMs
  );
}
