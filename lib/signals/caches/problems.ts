import { MINUTE } from "#lib/core/time.ts";
import type { FoundProblem, SaveContext } from "#lib/signals/define.ts";
import { figuresOf, queueSignsOf } from "./figures.ts";
import { cacheId } from "./ids.ts";
import type { Figures } from "./schema.ts";
import { type CountedCache, selectCaches } from "./select.ts";
import {
  FULL,
  MANY_EVICTIONS_PER_SECOND,
  MIN_LOOKUPS,
  MUCH_READING_MS_PER_SECOND,
  MUCH_READING_PER_SECOND,
  NEAR_FULL,
  WORSENED_BY,
} from "./thresholds.ts";
import { percent, verdictOf } from "./verdict.ts";
import { windowBefore } from "./window.ts";

const WINDOW_MS = 15 * MINUTE;

/**
 * What is wrong with what this source stands for: the connected database, or the Redis. Tables, indexes and other databases
 * of the server are evidence, not problems of their own.
 */
export async function problems({ tx, source, now }: SaveContext): Promise<FoundProblem[]> {
  // The collection just stored has the time `now`, and windows do not hold their end.
  const window = { from: new Date(now.getTime() - WINDOW_MS), to: new Date(now.getTime() + 1) };
  const selection = { sourceId: source.id, main: true };
  const caches = await selectCaches(tx, window, selection, now);
  const earlier = await selectCaches(tx, windowBefore(window), selection, now);
  const before = new Map(earlier.map((cache) => [cache.key, figuresOf(cache)]));
  return caches.flatMap((cache) => {
    const watched = watch(cache, before.get(cache.key) ?? null);
    const found = [ratioProblem(watched), memoryProblem(watched), evictionProblem(watched)];
    return found.filter((problem) => problem !== null);
  });
}

interface Watched {
  cache: CountedCache;
  figures: Figures;
  before: Figures | null;
  queueSigns: string[];
  href: string;
}

function watch(cache: CountedCache, before: Figures | null): Watched {
  const id = cacheId(cache.source, cache.key);
  const href = `/caches/${encodeURIComponent(id)}?range=1h`;
  return { cache, figures: figuresOf(cache), before, queueSigns: queueSignsOf(cache), href };
}

/** A ratio that fell, or is poor. Never of a Redis with queues: there it means nothing. */
function ratioProblem(watched: Watched): FoundProblem | null {
  const { cache, figures, before, queueSigns, href } = watched;
  const { key, databaseReadMs } = cache;
  const { kind } = cache.data;
  const { state } = verdictOf({ kind, key, figures, queueSigns, databaseReadMs });
  if (state === "contaminated" || state === "few" || state === "unknown") return null;
  const now = figures.ratio ?? 0;
  const base = { entity: key, severity: "warning", href } as const;
  if (hasWorsened(figures, before) && (kind === "redis" || readsMuch(figures))) {
    const title = `${nameOf(cache)}: hit ratio fell from ${percent(before?.ratio ?? 0)} to ${percent(now)} in 15 minutes${cost(watched)}`;
    return { ...base, type: "cache_worsened", title };
  }
  if (state !== "poor") return null;
  const title = `${nameOf(cache)}: hit ratio ${percent(now)}${cost(watched)}`;
  return { ...base, type: "cache_poor", title };
}

function hasWorsened(figures: Figures, before: Figures | null): boolean {
  if (!before || before.ratio === null || figures.ratio === null) return false;
  const enough = (before.hits ?? 0) + (before.misses ?? 0) >= MIN_LOOKUPS;
  return enough && before.ratio - figures.ratio >= WORSENED_BY;
}

function readsMuch({ readMsPerSecond, missesPerSecond }: Figures): boolean {
  if (readMsPerSecond !== null) return readMsPerSecond >= MUCH_READING_MS_PER_SECOND;
  return (missesPerSecond ?? 0) >= MUCH_READING_PER_SECOND;
}

function cost({ cache, figures }: Watched): string {
  const { missesPerSecond, readMsPerSecond } = figures;
  if (cache.data.kind === "redis") return `, ${short(missesPerSecond)} misses per second`;
  const waiting =
    readMsPerSecond === null ? "" : `, which takes ${short(readMsPerSecond)} ms per second`;
  return `, ${short(missesPerSecond)} blocks read per second${waiting}`;
}

/** A full cache that may evict is as it should be; one that may not, or cannot, refuses writes. */
function memoryProblem({ cache, href }: Watched): FoundProblem | null {
  const { redis } = cache.data.facts;
  const used = cache.data.levels["used_memory_bytes"];
  const limit = cache.data.levels["max_memory_bytes"];
  if (!redis || used === undefined || !limit || used < NEAR_FULL * limit) return null;
  const expiring = redis.databases.reduce((sum, each) => sum + each.expiring, 0);
  const stuck = redis.policy?.startsWith("volatile-") === true && expiring === 0;
  if (redis.policy !== "noeviction" && !stuck) return null;
  const why = stuck
    ? `${redis.policy} finds no key with a time to live`
    : "noeviction refuses writes when it is full";
  const title = `${nameOf(cache)}: ${percent(used / limit)} of maxmemory used, and ${why}`;
  const severity = used >= FULL * limit ? "critical" : "warning";
  return { type: "cache_memory_full", entity: cache.key, severity, title, href };
}

/** Evictions cost hits in a cache, and jobs on a server with queues. */
function evictionProblem({ cache, figures, queueSigns, href }: Watched): FoundProblem | null {
  const { evictedPerSecond } = figures;
  if (cache.data.kind !== "redis" || !evictedPerSecond) return null;
  const keys = `${short(evictedPerSecond)} keys evicted per second`;
  const base = { type: "cache_evictions", entity: cache.key, href } as const;
  if (queueSigns.length > 0) {
    const title = `${nameOf(cache)}: ${keys}, and jobs of its queues may be among them`;
    return { ...base, severity: "critical", title };
  }
  if (evictedPerSecond < MANY_EVICTIONS_PER_SECOND) return null;
  const title = `${nameOf(cache)}: ${keys}, too little memory for what is asked of it`;
  return { ...base, severity: "risk", title };
}

const nameOf = ({ source, data }: CountedCache): string =>
  data.kind === "redis" ? source : `${source} (${data.name})`;

const short = (value: number | null): string =>
  (value ?? 0).toLocaleString("en-GB", { maximumSignificantDigits: 2 });
