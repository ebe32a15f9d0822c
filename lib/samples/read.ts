import { DAY, HOUR, MINUTE } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { SeriesPoint } from "./types.ts";

/** Charts never need more; every read is bounded by it. */
export const MAX_POINTS = 300;

const BUCKETS = [
  10_000,
  30_000,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
];

export interface SeriesRange {
  from: Date;
  to: Date;
}

/** The narrowest round bucket that covers the range with at most so many points, never narrower than the interval. */
export function bucketFor(
  range: SeriesRange,
  intervalMs: number,
  maxPoints: number = MAX_POINTS,
): number {
  const span = range.to.getTime() - range.from.getTime();
  return (
    BUCKETS.find((width) => width >= intervalMs && span / width <= maxPoints) ??
    Math.ceil(span / maxPoints / DAY) * DAY
  );
}

/** Raw samples serve fine buckets, rollups the rest: each query reads at most a few thousand rows per series. */
function tableFor(bucketMs: number, from: Date, now: Date): "sample" | "sample_1m" | "sample_1h" {
  const age = now.getTime() - from.getTime();
  if (bucketMs >= HOUR && age > DAY) return "sample_1h";
  if (age > 6 * HOUR) return "sample_1m";
  return "sample";
}

const AGGREGATE = {
  sample:
    "count(value)::int AS count, sum(value) AS sum, min(value) AS min, max(value) AS max, (array_agg(value ORDER BY at DESC))[1] AS last",
  rollup:
    "sum(count)::int AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max, (array_agg(last ORDER BY at DESC))[1] AS last",
};

interface PointRow {
  entity: string;
  metric: string;
  at: Date;
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number;
}

export interface SeriesQuery extends SeriesRange {
  sourceId: string;
  signal: string;
  /** All entities of the signal when absent. */
  entities?: readonly string[];
  metrics: readonly string[];
  intervalMs: number;
  /** MAX_POINTS when absent. */
  maxPoints?: number;
  now: Date;
}

export interface SeriesData {
  entity: string;
  metric: string;
  /** Every bucket of the range, also the empty ones: a gap must look like a gap. */
  points: SeriesPoint[];
}

export interface SeriesResult {
  bucketMs: number;
  series: SeriesData[];
}

export async function readSeries(sql: Sql, query: SeriesQuery): Promise<SeriesResult> {
  const bucketMs = bucketFor(query, query.intervalMs, query.maxPoints);
  const table = tableFor(bucketMs, query.from, query.now);
  const { rows } = await sql.query<PointRow>(
    `SELECT s.entity, s.metric, date_bin($1::interval, p.at, 'epoch'::timestamptz) AS at, ${AGGREGATE[table === "sample" ? "sample" : "rollup"]}
     FROM series s JOIN ${table} p ON p.series_id = s.id
     WHERE s.source_id = $2::uuid AND s.signal = $3 AND s.metric = ANY($4) AND ($5::text[] IS NULL OR s.entity = ANY($5))
       AND p.at >= date_bin($1::interval, $6::timestamptz, 'epoch'::timestamptz) AND p.at < $7
     GROUP BY 1, 2, 3`,
    [
      `${bucketMs} milliseconds`,
      query.sourceId,
      query.signal,
      query.metrics,
      query.entities ?? null,
      query.from,
      query.to,
    ],
  );
  return { bucketMs, series: fillGaps(rows, query, bucketMs) };
}

function fillGaps(rows: PointRow[], range: SeriesRange, bucketMs: number): SeriesData[] {
  const bySeries = Map.groupBy(rows, (row) => JSON.stringify([row.entity, row.metric]));
  return [...bySeries.values()].map((points) => {
    const byTime = new Map(points.map((point) => [point.at.getTime(), point]));
    const [first] = points as [PointRow];
    const filled: SeriesPoint[] = [];
    for (
      let at = Math.floor(range.from.getTime() / bucketMs) * bucketMs;
      at < range.to.getTime();
      at += bucketMs
    )
      filled.push(toPoint(at, byTime.get(at)));
    return { entity: first.entity, metric: first.metric, points: filled };
  });
}

function toPoint(at: number, row: PointRow | undefined): SeriesPoint {
  const time = new Date(at).toISOString();
  if (!row) return { at: time, count: 0, sum: null, mean: null, min: null, max: null, last: null };
  return {
    at: time,
    count: row.count,
    sum: row.sum,
    mean: row.sum / row.count,
    min: row.min,
    max: row.max,
    last: row.last,
  };
}
