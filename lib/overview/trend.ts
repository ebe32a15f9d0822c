import { HOUR, SECOND } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { readSeries, type SeriesData } from "#lib/samples/read.ts";
import type { BucketTotals, Signal } from "#lib/signals/define.ts";
import type { OverviewTrend } from "./schema.ts";

const POINTS = 30;

export interface TrendOf {
  signal: Signal;
  sourceId: string;
  intervalMs: number;
  now: Date;
}

/** The last hour of the signal's headline figure for one source. */
export async function readTrend({
  signal,
  sourceId,
  intervalMs,
  now,
}: TrendOf): Promise<OverviewTrend> {
  const { headline } = signal;
  const { bucketMs, series } = await readSeries(sql, {
    sourceId,
    signal: signal.id,
    metrics: headline.metrics,
    from: new Date(now.getTime() - HOUR),
    to: now,
    intervalMs,
    maxPoints: POINTS,
    now,
  });
  const counted = series.filter(({ entity }) => headline.entity.test(entity));
  const buckets = counted[0]?.points.length ?? 0;
  const values = Array.from({ length: buckets }, (_bucket, at) => {
    const totals = totalsAt(counted, at);
    return totals.size === 0 ? null : headline.value(totals, bucketMs / SECOND);
  });
  return { label: headline.label, unit: headline.unit, values };
}

/** Adds the entities up; those that were not observed in the bucket add nothing. */
export function totalsAt(series: readonly SeriesData[], bucket: number): BucketTotals {
  const totals = new Map<string, { sum: number; mean: number }>();
  for (const { metric, points } of series) {
    const { sum = null, mean = null } = points[bucket] ?? {};
    if (sum === null || mean === null) continue;
    const before = totals.get(metric) ?? { sum: 0, mean: 0 };
    totals.set(metric, { sum: before.sum + sum, mean: before.mean + mean });
  }
  return totals;
}
