"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Chart } from "#components/data/chart.tsx";
import type { ChartSeries } from "#components/data/chart-data.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
} from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { SECOND } from "#lib/core/time.ts";
import { cacheSeriesQuery } from "#lib/signals/caches/client.ts";
import type { CacheDetail, CachePoint } from "#lib/signals/caches/schema.ts";

/** How the cache did. A gap is a time nobody looked, or for ratios and read times one in which nothing was asked or read. */
export function CacheCharts({ cache, range }: { cache: CacheDetail; range: string }) {
  const query = useQuery({
    ...cacheSeriesQuery(cache.id, range),
    placeholderData: keepPreviousData,
  });
  const history = query.data?.data;
  const points = history?.points ?? [];
  return (
    <Panel
      title="History"
      hint={history ? `one point per ${formatDuration(history.bucketSeconds * SECOND)}` : undefined}
      reading={query.data}
      loading={query.isPending}
      error={query.error}
      onRetry={() => query.refetch()}
    >
      <div className="grid gap-6 lg:grid-cols-2">
        <Chart
          title="Hits and misses"
          hint="per second"
          kind="stack"
          series={[
            ...one(points, "missesPerSecond", "Misses"),
            ...one(points, "hitsPerSecond", "Hits"),
          ]}
          format={formatRate}
        />
        <Chart
          title="Hit ratio"
          series={one(points, "ratio", "Hit ratio")}
          format={formatPercent}
          empty="Nothing was asked of it."
        />
        {cache.kind === "redis" ? <RedisCharts points={points} /> : null}
        {cache.kind === "database" || cache.kind === "io" ? (
          <ReadCharts points={points} untimedBecause={cache.untimedBecause} />
        ) : null}
      </div>
    </Panel>
  );
}

function ReadCharts({
  points,
  untimedBecause,
}: {
  points: readonly CachePoint[];
  untimedBecause: string | null;
}) {
  const unknown = untimedBecause ? `Unknown: ${untimedBecause}` : undefined;
  return (
    <>
      <Chart
        title="Time per read"
        hint="one block"
        series={one(points, "readMs", "Time per read")}
        format={formatDuration}
        empty={unknown ?? "Nothing was read."}
      />
      <Chart
        title="Time spent reading"
        hint="per second"
        kind="area"
        series={one(points, "readMsPerSecond", "Time spent reading")}
        format={formatDuration}
        empty={unknown}
      />
    </>
  );
}

function RedisCharts({ points }: { points: readonly CachePoint[] }) {
  const limited = points.some((point) => point.maxMemoryBytes !== null);
  return (
    <>
      <Chart
        title="Memory"
        series={[
          ...one(points, "usedMemoryBytes", "Used"),
          ...(limited ? one(points, "maxMemoryBytes", "Limit") : []),
        ]}
        format={formatBytes}
      />
      <Chart
        title="Evicted and expired"
        hint="keys per second"
        series={[
          ...one(points, "evictedPerSecond", "Evicted"),
          ...one(points, "expiredPerSecond", "Expired"),
        ]}
        format={formatRate}
      />
      <Chart title="Keys" kind="area" series={one(points, "keys", "Keys")} format={formatCount} />
    </>
  );
}

function one(
  points: readonly CachePoint[],
  id: keyof Omit<CachePoint, "at">,
  label: string,
): ChartSeries[] {
  return [{ id, label, points: points.map((point) => ({ at: point.at, value: point[id] })) }];
}
