import { SECOND } from "#lib/core/time.ts";
import { CACHE_PREFIX } from "../api/cache.ts";
import type { Company, Drill } from "./drill.ts";

export const cacheFlush: Drill = {
  name: "cache-flush",
  title: "Somebody's script empties the cache every two seconds",
  look: "Caches: the hit ratio of payments-cache falls. Queries: reads of merchants, accounts and fx_rates rise.",
  lasts: "5m",
  again: { everyMs: 2 * SECOND, run: flush },
};

/** Cached values only: the queues live in the same Redis. */
async function flush({ redis }: Company): Promise<void> {
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, "MATCH", `${CACHE_PREFIX}*`, "COUNT", 500);
    if (keys.length > 0) await redis.unlink(keys);
    cursor = next;
  } while (cursor !== "0");
}
