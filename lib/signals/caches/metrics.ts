import { MINUTE, SECOND } from "#lib/core/time.ts";
import { isStale } from "#lib/core/reading.ts";
import { sql } from "#lib/db/sql.ts";
import { storedFamily } from "#lib/metrics/counters.ts";
import type { MetricFamily } from "#lib/metrics/define.ts";
import { figuresOf } from "./figures.ts";
import { cacheLabel, EVICTIONS_TOTAL, EXPOSED_KINDS, LOOKUPS_TOTAL } from "./metric-names.ts";
import { type CountedCache, selectCaches } from "./select.ts";

const WINDOW_MS = 15 * MINUTE;
const LABELS = ["source", "cache"];

/** Databases and Redis servers; what nobody has seen lately is left out, so that no alert judges by it. */
async function exposed(now: Date): Promise<CountedCache[]> {
  // One second more, so that a collection of this very moment is in it.
  const window = {
    from: new Date(now.getTime() - WINDOW_MS),
    to: new Date(now.getTime() + SECOND),
  };
  const caches = await selectCaches(sql, window, { kinds: EXPOSED_KINDS }, now);
  return caches.filter((cache) => !isStale(cache.observedAt, cache.intervalMs, now));
}

function perCache(
  name: string,
  help: string,
  value: (cache: CountedCache) => number | null | undefined,
): MetricFamily {
  const read = async (now: Date) =>
    (await exposed(now)).flatMap((cache) => {
      const found = value(cache);
      const labels = { source: cache.source, cache: cacheLabel(cache.data) };
      return typeof found === "number" ? [{ labels, value: found }] : [];
    });
  return { name, help, type: "gauge", labels: LABELS, read };
}

export const metrics: readonly MetricFamily[] = [
  perCache(
    "plumbline_cache_hit_ratio",
    "Hits of all lookups (Redis) or blocks (PostgreSQL) over 15 minutes, 0 to 1; none without traffic.",
    (cache) => figuresOf(cache).ratio,
  ),
  perCache(
    "plumbline_cache_memory_bytes",
    "Memory a Redis uses.",
    (cache) => cache.data.levels["used_memory_bytes"],
  ),
  perCache(
    "plumbline_cache_memory_limit_bytes",
    "The maxmemory of a Redis; none without a limit.",
    (cache) => cache.data.levels["max_memory_bytes"],
  ),
  storedFamily({
    name: LOOKUPS_TOTAL,
    help: "Lookups (Redis) or blocks (PostgreSQL) by result, counted since Plumbline first looked.",
    type: "counter",
    labels: [...LABELS, "result"],
  }),
  storedFamily({
    name: EVICTIONS_TOTAL,
    help: "Keys a Redis evicted, counted since Plumbline first looked.",
    type: "counter",
    labels: LABELS,
  }),
];
