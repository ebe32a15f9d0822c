"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Chart } from "#components/data/chart.tsx";
import type { ChartSeries } from "#components/data/chart-data.ts";
import { formatBytes, formatDuration, formatPercent, formatRate } from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { querySeriesQuery } from "#lib/signals/queries/client.ts";
import type { QueryPoint } from "#lib/signals/queries/schema.ts";

/** How the statement developed. A gap is a time nobody looked, or in means and ratios one without calls. */
export function QueryCharts({ id, range }: { id: string; range: string }) {
  const query = useQuery({ ...querySeriesQuery(id, range), placeholderData: keepPreviousData });
  const history = query.data?.data;
  const points = history?.points ?? [];
  const events = history?.planChanges ?? [];
  const untimed = points.length > 0 && points.every((point) => point.readMsPerSecond === null);
  return (
    <Panel
      title="History"
      hint={history ? `one point per ${formatDuration(history.bucketMs)}` : undefined}
      reading={query.data}
      loading={query.isPending}
      error={query.error}
      onRetry={() => query.refetch()}
    >
      <div className="grid gap-6 lg:grid-cols-2">
        <Chart
          title="Mean time"
          series={one(points, "meanMs", "Mean")}
          format={formatDuration}
          events={events}
        />
        <Chart
          title="Calls"
          kind="area"
          series={one(points, "callsPerSecond", "Calls")}
          format={formatRate}
          events={events}
        />
        <Chart
          title="Cache hit ratio"
          series={one(points, "hitRatio", "Cache hit ratio")}
          format={formatPercent}
          events={events}
          empty="It asked for no blocks."
        />
        <Chart
          title="Read time"
          hint="per second"
          kind="area"
          series={one(points, "readMsPerSecond", "Read time")}
          format={formatDuration}
          events={events}
          empty={untimed ? "Unknown: track_io_timing is off." : undefined}
        />
        <Chart
          title="Rows"
          kind="area"
          series={one(points, "rowsPerSecond", "Rows")}
          format={formatRate}
          events={events}
        />
        <Chart
          title="Read and temporary files"
          series={[
            ...one(points, "readBytesPerSecond", "Read"),
            ...one(points, "tempBytesPerSecond", "Temporary files"),
          ]}
          hint="per second"
          format={formatBytes}
          events={events}
        />
      </div>
    </Panel>
  );
}

function one(
  points: readonly QueryPoint[],
  id: keyof Omit<QueryPoint, "at">,
  label: string,
): ChartSeries[] {
  return [{ id, label, points: points.map((point) => ({ at: point.at, value: point[id] })) }];
}
