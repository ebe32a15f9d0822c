import { ratio } from "#lib/core/stats.ts";
import { SECOND } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { readSeries } from "#lib/samples/read.ts";
import { figuresOf, queueSignsOf } from "./figures.ts";
import { cacheId } from "./ids.ts";
import type { CacheRow } from "./schema.ts";
import type { CountedCache } from "./select.ts";
import { verdictOf } from "./verdict.ts";
import type { Window } from "./window.ts";

const SPARK_POINTS = 30;

export function toRow(cache: CountedCache): Omit<CacheRow, "spark"> {
  const { source, key, data, databaseReadMs, observedAt } = cache;
  const { kind, name, parent, main, facts, levels } = data;
  const figures = figuresOf(cache);
  return {
    ...figures,
    id: cacheId(source, key),
    source,
    kind,
    key,
    name,
    parent,
    main,
    verdict: verdictOf({ kind, key, figures, queueSigns: queueSignsOf(cache), databaseReadMs }),
    untimedBecause: facts.untimedBecause,
    usedMemoryBytes: levels["used_memory_bytes"] ?? null,
    maxMemoryBytes: levels["max_memory_bytes"] ?? null,
    observedAt: observedAt.toISOString(),
    intervalSeconds: cache.intervalMs / SECOND,
  };
}

/** The hit ratio of each cache over the window, in 30 parts, or fewer where it is not counted that often. */
export async function readSparks(
  caches: readonly CountedCache[],
  { from, to }: Window,
  now: Date,
): Promise<(cache: CountedCache) => CacheRow["spark"]> {
  const sparks = new Map<string, CacheRow["spark"]>();
  for (const [sourceId, own] of Map.groupBy(caches, (cache) => cache.sourceId)) {
    const intervalMs = Math.max((to.getTime() - from.getTime()) / SPARK_POINTS, longest(own));
    const { series } = await readSeries(sql, {
      sourceId,
      signal: "caches",
      entities: own.map(({ key }) => key),
      metrics: ["hits", "misses"],
      from,
      to,
      now,
      intervalMs,
    });
    for (const [key, pair] of Map.groupBy(series, (each) => each.entity)) {
      const sums = (metric: string) => pair.find((each) => each.metric === metric)?.points;
      const [hits, misses] = [sums("hits"), sums("misses")];
      const spark = (hits ?? misses ?? []).map((_, at) => {
        const found = hits?.[at]?.sum ?? 0;
        return ratio(found, found + (misses?.[at]?.sum ?? 0));
      });
      sparks.set(cacheId(sourceId, key), spark);
    }
  }
  return ({ sourceId, key }) => sparks.get(cacheId(sourceId, key)) ?? [];
}

/** A bucket shorter than the interval would be empty every other time. */
const longest = (caches: readonly CountedCache[]): number =>
  Math.max(SECOND, ...caches.map(({ intervalMs }) => intervalMs));
