/** Fewer lookups or blocks than these are an accident, not a ratio. */
export const MIN_LOOKUPS = 1_000;
/** Below it a Redis hardly saves its callers any work. */
export const POOR_REDIS_RATIO = 0.8;
/** Below it Postgres reads a lot; whether that hurts, time tells. */
export const POOR_POSTGRES_RATIO = 0.9;
/** Waiting for reads, per second: a twentieth of one process' time. */
export const MUCH_READING_MS_PER_SECOND = 50;
/** Where reads are not timed: 800 kB each second. */
export const MUCH_READING_PER_SECOND = 100;
/** Faster than a disk: the block was in the system's cache. */
export const SYSTEM_CACHE_MS = 0.1;
/** So much of the ratio is lost against the window before. */
export const WORSENED_BY = 0.1;
export const NEAR_FULL = 0.9;
export const FULL = 0.98;
/** Keys thrown out each second: the cache is too small for what is asked of it. */
export const MANY_EVICTIONS_PER_SECOND = 10;
