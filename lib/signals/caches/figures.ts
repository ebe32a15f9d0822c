import { ratio } from "#lib/core/stats.ts";
import type { Figures } from "./schema.ts";
import type { CountedCache } from "./select.ts";

/** Sums as people read them; all null where nobody looked. */
export function figuresOf(cache: CountedCache): Figures {
  const { hits, misses, seconds, evicted, data } = cache;
  if (!(seconds > 0)) return NOTHING;
  const timed = data.facts.untimedBecause === null || cache.readMs !== null;
  const readMs = cache.readMs ?? 0;
  const evicts = data.kind === "redis" || data.kind === "io";
  return {
    hits,
    misses,
    ratio: ratio(hits, hits + misses),
    lookupsPerSecond: (hits + misses) / seconds,
    missesPerSecond: misses / seconds,
    readMs: timed ? ratio(readMs, cache.timedMisses ?? 0) : null,
    readMsPerSecond: timed ? readMs / seconds : null,
    evictedPerSecond: evicts ? evicted / seconds : null,
  };
}

const NOTHING: Figures = {
  hits: null,
  misses: null,
  ratio: null,
  lookupsPerSecond: null,
  missesPerSecond: null,
  readMs: null,
  readMsPerSecond: null,
  evictedPerSecond: null,
};

/** Why its ratio is not that of a cache, one sentence each: what was found now and then, and in this window. */
export function queueSignsOf({ data, queuePops }: CountedCache): string[] {
  const waited = Math.round(queuePops).toLocaleString("en-GB");
  const pops = `Commands that wait for the next element of a queue (BRPOP, BZPOPMIN, …): ${waited}.`;
  return [...(data.facts.redis?.queueSigns ?? []), ...(queuePops > 0 ? [pops] : [])];
}
