"use client";
import { useQuery } from "@tanstack/react-query";
import { Chart } from "#components/data/chart.tsx";
import { formatCount, formatDuration } from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { TimeRange } from "#components/data/time-range.tsx";
import { queueSeriesQuery } from "#lib/signals/queues/client.ts";
import { busyLineOf, lineOf } from "./lines.ts";
import { STATES } from "./states.ts";

const DEPTH = ["waiting", "prioritized", "paused", "active", "delayed", "failed"] as const;

/** Depth, age and finished jobs over time. Asked for only when somebody looks. */
export function QueueCharts({
  id,
  range,
  onRange,
}: {
  id: string;
  range: string;
  onRange: (range: string) => void;
}) {
  const query = useQuery(queueSeriesQuery(id, range));
  const all = query.data?.data.series ?? [];
  const seconds = query.data?.data.bucketSeconds;
  const per = seconds ? `per ${formatDuration(seconds * 1_000)}` : undefined;
  return (
    <Panel
      title="History"
      reading={query.data}
      loading={query.isPending}
      error={query.data ? undefined : query.error}
      onRetry={() => query.refetch()}
      actions={<TimeRange value={range} onChange={onRange} />}
    >
      <div className="grid gap-6 lg:grid-cols-2">
        <Chart
          title="Jobs by state"
          series={DEPTH.flatMap((state) => busyLineOf(all, state, STATES[state].label))}
          format={formatCount}
          empty="No job was there, or nobody looked."
        />
        <Chart
          title="Oldest waiting"
          kind="area"
          series={lineOf(all, "oldest_waiting_s", "Oldest waiting")}
          format={formatSeconds}
        />
        <Chart
          title="Wait"
          hint="over 15 minutes"
          series={[...lineOf(all, "wait_p50_s", "p50"), ...lineOf(all, "wait_p95_s", "p95")]}
          format={formatSeconds}
        />
        <Chart
          title="Processing"
          hint="over 15 minutes"
          series={[...lineOf(all, "run_p50_s", "p50"), ...lineOf(all, "run_p95_s", "p95")]}
          format={formatSeconds}
        />
        <Chart
          title="Finished"
          hint={per}
          kind="bar"
          series={[
            ...lineOf(all, "finished_ok", "Completed"),
            ...lineOf(all, "finished_failed", "Failed"),
          ]}
          format={formatCount}
        />
        <Chart
          title="Attempts"
          hint={per}
          kind="bar"
          series={[
            ...lineOf(all, "first_attempts", "First of their job"),
            ...busyLineOf(all, "repeats", "Repeated"),
          ]}
          format={formatCount}
        />
        <Chart
          title="Stalled"
          hint={per}
          kind="bar"
          series={lineOf(all, "stalls", "Stalled")}
          format={formatCount}
        />
        <Chart
          title="Workers"
          kind="area"
          series={lineOf(all, "workers", "Workers")}
          format={formatCount}
        />
      </div>
    </Panel>
  );
}

const formatSeconds = (seconds: number | null): string =>
  formatDuration(seconds === null ? null : seconds * 1_000);
