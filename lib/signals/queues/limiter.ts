/** The window of a rate limit as it is stored in the queue: how many jobs it has let through, and when it ends. */
export interface LimitWindow {
  taken: number;
  leftMs: number;
}

/** What a rate limit does to a queue at the moment of a look. */
export interface Limiter {
  /** Workers take no job until the window ends; null when only the workers know how many they may take. */
  closed: boolean | null;
  /** Jobs taken in this window; null when a worker closed it by hand. */
  taken: number | null;
  leftSeconds: number;
}

/** What `worker.rateLimit()` writes: nothing fits into the window any more. */
const BY_HAND = Number.MAX_SAFE_INTEGER;

/** The limit set on a queue goes before that of its workers, which is published nowhere. Null while no window is open. */
export function limiterOf(
  window: LimitWindow | null,
  onQueue: { max: number } | null,
): Limiter | null {
  if (!window || window.leftMs <= 0) return null;
  const { taken } = window;
  const byHand = taken >= BY_HAND;
  return {
    closed: byHand || (onQueue && taken >= onQueue.max),
    taken: byHand ? null : taken,
    leftSeconds: window.leftMs / 1_000,
  };
}
