import { requireRange } from "#lib/core/range.ts";
import { ratio } from "#lib/core/stats.ts";
import { SECOND } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { readSeries, type SeriesData } from "#lib/samples/read.ts";
import type { SeriesPoint } from "#lib/samples/types.ts";
import { defineRead } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { noSuchCache, splitCacheId } from "./ids.ts";
import { type CachePoint, seriesParamsSchema, seriesSchema } from "./schema.ts";
import type { StoredCache } from "./stored.ts";

const INCREASES = [
  "hits",
  "misses",
  "read_ms",
  "timed_misses",
  "evicted",
  "expired",
  "uncounted_s",
];
const LEVELS = ["used_memory_bytes", "max_memory_bytes", "keys"];

export const readHistory = defineRead({
  params: seriesParamsSchema,
  data: seriesSchema,
  async run({ now }, { id, range }) {
    const { source, key } = splitCacheId(id);
    const { from, to } = requireRange(range, now);
    const cache = await findCache(source, key);
    if (!cache) throw noSuchCache();
    const freshness = await freshnessOfSignal("caches", source, now);
    const { kind, facts } = cache.data;
    const { bucketMs, series } = await readSeries(sql, {
      sourceId: cache.sourceId,
      signal: "caches",
      entities: [key, kind],
      metrics: [...INCREASES, ...LEVELS, "seconds"],
      from,
      to,
      now,
      intervalMs: cache.intervalMs,
    });
    const timed = facts.untimedBecause === null;
    const points = joinPoints(series, { key, kind, timed });
    return { data: { bucketSeconds: bucketMs / SECOND, points }, ...freshness };
  },
});

interface FoundCache {
  sourceId: string;
  data: StoredCache;
  intervalMs: number;
}

async function findCache(source: string, key: string): Promise<FoundCache | undefined> {
  const { rows } = await sql.query<FoundCache>(
    `SELECT o.id AS "sourceId", e.data, c.interval_ms AS "intervalMs"
     FROM entity e JOIN source o ON o.id = e.source_id AND o.enabled
     JOIN collection c ON c.source_id = e.source_id AND c.signal = e.signal
     WHERE e.signal = 'caches' AND o.name = $1 AND e.key = $2`,
    [source, key],
  );
  return rows[0];
}

interface Identity {
  key: string;
  kind: string;
  timed: boolean;
}

/** One point per bucket out of the separate series. */
function joinPoints(series: readonly SeriesData[], { key, kind, timed }: Identity): CachePoint[] {
  const pointsOf = (entity: string, metric: string) =>
    series.find((each) => each.entity === entity && each.metric === metric)?.points;
  const own = new Map([...INCREASES, ...LEVELS].map((metric) => [metric, pointsOf(key, metric)]));
  const kindSeconds = pointsOf(kind, "seconds");
  return (series[0]?.points ?? []).map(({ at }, index) => {
    const point = (metric: string) => own.get(metric)?.[index];
    const seconds = (kindSeconds?.[index]?.sum ?? 0) - (point("uncounted_s")?.sum ?? 0);
    return toPoint(at, { seconds, point, timed });
  });
}

interface Bucket {
  /** How much of it was counted. */
  seconds: number;
  point(metric: string): SeriesPoint | undefined;
  timed: boolean;
}

/** In a time that was counted, a missing sample is no traffic; in any other, nothing is known. */
function toPoint(at: string, { seconds, point, timed }: Bucket): CachePoint {
  const counted = seconds > 0;
  const sum = (metric: string) => (counted ? (point(metric)?.sum ?? 0) : null);
  const perSecond = (value: number | null) => (value === null ? null : value / seconds);
  const level = (metric: string) => point(metric)?.mean ?? null;
  const hits = sum("hits");
  const misses = sum("misses");
  const isTimed = timed || point("read_ms")?.sum !== undefined;
  const readMs = isTimed ? sum("read_ms") : null;
  return {
    at,
    hitsPerSecond: perSecond(hits),
    missesPerSecond: perSecond(misses),
    ratio: ratio(hits ?? 0, (hits ?? 0) + (misses ?? 0)),
    readMs: readMs === null ? null : ratio(readMs, sum("timed_misses") ?? 0),
    readMsPerSecond: perSecond(readMs),
    evictedPerSecond: perSecond(sum("evicted")),
    expiredPerSecond: perSecond(sum("expired")),
    usedMemoryBytes: level("used_memory_bytes"),
    maxMemoryBytes: level("max_memory_bytes"),
    keys: level("keys"),
  };
}
