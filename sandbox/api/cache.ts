import type { Redis } from "ioredis";

export interface Cache {
  /** The value under `key`, else what `load` answers, kept for `ttlSeconds`. A Redis that is away is a miss, not an error. */
  through<T>(key: string, ttlSeconds: number, load: () => Promise<T>): Promise<T>;
  forget(key: string): Promise<void>;
}

export const CACHE_PREFIX = "cache:";

/** Read-through cache of JSON values. */
export function createCache(redis: Redis): Cache {
  return {
    async through<T>(key: string, ttlSeconds: number, load: () => Promise<T>): Promise<T> {
      const cached = await redis.get(CACHE_PREFIX + key).catch(() => undefined);
      if (typeof cached === "string") return JSON.parse(cached) as T;
      const value = await load();
      // Where reading failed, writing would only cost the caller another wait.
      if (cached === null && value !== undefined)
        await redis
          .set(CACHE_PREFIX + key, JSON.stringify(value), "EX", ttlSeconds)
          .catch(() => {});
      return value;
    },
    async forget(key) {
      await redis.unlink(CACHE_PREFIX + key).catch(() => {});
    },
  };
}
