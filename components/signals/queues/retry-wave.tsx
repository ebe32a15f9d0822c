"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Chart } from "#components/data/chart.tsx";
import { formatCount, formatDuration, formatInteger, formatTime } from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { useNow } from "#components/data/use-now.ts";
import { Segmented } from "#components/ui/segmented.tsx";
import { waveQuery, type Wave } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { SpreadWave } from "./spread-wave.tsx";

const WINDOWS = [
  { value: "auto", label: "Fit" },
  { value: "10m", label: "10m" },
  { value: "1h", label: "1h" },
  { value: "6h", label: "6h" },
  { value: "24h", label: "24h" },
  { value: "7d", label: "7d" },
];

/** When the delayed jobs come due, and whether they come all at once. */
export function RetryWave({ queue }: { queue: QueueDetail }) {
  const [window, setWindow] = useState("auto");
  const query = useQuery({
    ...waveQuery(queue.source, queue.key, window),
    placeholderData: keepPreviousData,
  });
  const wave = query.data?.data;
  return (
    <Panel
      title="Coming due"
      hint="delayed jobs by when they run"
      reading={query.data}
      loading={query.isPending}
      error={query.data ? undefined : query.error}
      onRetry={() => query.refetch()}
      actions={
        <Segmented
          label="How far ahead"
          value={window}
          options={WINDOWS}
          onValueChange={setWindow}
        />
      }
    >
      {wave ? (
        <div className="flex flex-col gap-3">
          <div className="flex flex-wrap items-start gap-3">
            <Summary wave={wave} />
            <div className="ml-auto">
              <SpreadWave queue={queue} wave={wave} />
            </div>
          </div>
          <WaveChart wave={wave} />
        </div>
      ) : null}
    </Panel>
  );
}

function WaveChart({ wave }: { wave: Wave }) {
  const points = (value: (bucket: Wave["buckets"][number]) => number | null) =>
    wave.buckets.map((bucket) => ({ at: bucket.at, value: value(bucket) }));
  const untold = {
    id: "untold",
    label: "Not told apart",
    points: points(({ total, retrying }) => (retrying === null ? total : null)),
  };
  return (
    <Chart
      title="Due"
      hint={`per ${formatDuration(wave.bucketSeconds * 1_000)}${wave.estimated ? "; the split is judged from samples, the sums are exact" : ""}`}
      kind="bar"
      group="wave"
      series={[
        { id: "retrying", label: "Retrying", points: points(({ retrying }) => retrying) },
        {
          id: "scheduled",
          label: "Scheduled",
          points: points(({ total, retrying }) => (retrying === null ? null : total - retrying)),
        },
        ...(wave.buckets.some(({ retrying }) => retrying === null) ? [untold] : []),
      ]}
      format={formatCount}
    />
  );
}

/** Neighbouring minutes differ by chance; this much does not happen by chance. */
const HERD_TO_MEAN = 4;
const HERD_JOBS = 100;

function Summary({ wave }: { wave: Wave }) {
  const now = useNow();
  const { total, overdue, later, next, peak, estimated } = wave;
  if (total === 0) return <p className="text-sm text-muted">No job is delayed.</p>;
  const herd = peak && peak.toMean >= HERD_TO_MEAN && peak.retrying >= HERD_JOBS;
  const about = estimated ? "~" : "";
  return (
    <div className="flex min-w-0 flex-col gap-0.5 text-sm">
      <p>
        {formatInteger(total)} delayed
        {next && now ? `, the next due ${formatTime(next, now, { seconds: true })}` : ""}
        {overdue > 0 ? `; ${formatInteger(overdue)} due already` : ""}
        {later > 0 ? `; ${formatInteger(later)} later than shown` : ""}.
      </p>
      {peak && now ? (
        <p className={herd ? "font-medium text-warn" : "text-muted"}>
          {herd ? "A wave: " : "Most retries: "}
          {about}
          {formatInteger(peak.retrying)} {spanOf(peak, now)}
          {herd ? `, at its peak ${formatCount(peak.toMean)}× the mean.` : "."}
        </p>
      ) : null}
    </div>
  );
}

function spanOf({ from, to }: { from: string; to: string }, now: Date): string {
  const start = formatTime(from, now, { seconds: true });
  const end = formatTime(to, now, { seconds: true });
  return start === end ? `at ${start}` : `between ${start} and ${end}`;
}
