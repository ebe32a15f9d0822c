"use client";
import { ChartLine, Table2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useId, useMemo, useState, type ReactNode } from "react";
import {
  chartRows,
  summarize,
  type ChartEvent,
  type ChartKind,
  type ChartSeries,
} from "#components/data/chart-data.ts";
import { ChartTable } from "#components/data/chart-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { Button } from "#components/ui/button.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";

// recharts is 103 kB: it comes only with the first chart, never with a page.
const ChartCanvas = dynamic(
  async () => (await import("#components/data/chart-canvas.tsx")).ChartCanvas,
  {
    ssr: false,
    loading: () => <Skeleton className="h-full w-full" />,
  },
);

export interface ChartProps {
  title: string;
  /** One line under the title: the current value or what to look for. */
  hint?: ReactNode;
  /** Points oldest first, all series on the same time grid; null is a gap. At most 300 points each. */
  series: readonly ChartSeries[];
  /** How a value reads, on the axis and in the tooltip. */
  format: (value: number | null) => string;
  /** Deploys, overrides, drills: a line with a word. */
  events?: readonly ChartEvent[];
  kind?: ChartKind;
  /** Charts with the same group share their crosshair. */
  group?: string;
  loading?: boolean;
  /** Said in place of an empty chart. */
  empty?: string;
}

/** A time chart with legend, event marks, shared crosshair and the same numbers as a table. Wrap it in a Panel for its age. */
export function Chart({
  title,
  hint,
  series,
  format,
  events = [],
  kind = "line",
  group = "page",
  loading,
  empty,
}: ChartProps) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  // Only tells today from other days; a clock that ticks would redraw the chart every second.
  const [now] = useState(() => new Date());
  const rows = useMemo(() => chartRows(series, kind), [series, kind]);
  const hasData = series.some((each) => each.points.some((point) => point.value !== null));
  return (
    <figure aria-labelledby={id} className="min-w-0">
      <figcaption className="mb-1 flex min-h-7 items-center gap-3">
        <span id={id} className="text-sm font-medium">
          {title}
        </span>
        {hint ? <span className="min-w-0 truncate text-xs text-muted">{hint}</span> : null}
        {hasData ? (
          <Button
            variant="ghost"
            size="icon-sm"
            className="ml-auto"
            aria-pressed={asTable}
            aria-label={`View ${title} as a table`}
            title="View as table"
            onClick={() => setAsTable(!asTable)}
            icon={asTable ? <ChartLine className="size-3.5" /> : <Table2 className="size-3.5" />}
          />
        ) : null}
      </figcaption>
      {loading ? (
        <Skeleton className="h-44 w-full" />
      ) : !hasData ? (
        <div className="flex h-44 items-center justify-center rounded-md border border-dashed border-line">
          <EmptyState title="No data in this time">{empty}</EmptyState>
        </div>
      ) : asTable ? (
        <ChartTable title={title} series={series} rows={rows} format={format} now={now} />
      ) : (
        <>
          <div role="img" aria-label={summarize(title, series, format)} className="h-44">
            <ChartCanvas
              rows={rows}
              series={series}
              format={format}
              events={events}
              kind={kind}
              group={group}
              now={now}
            />
          </div>
          {series.length > 1 || events.length > 0 ? (
            <Legend series={series} events={events} />
          ) : null}
        </>
      )}
    </figure>
  );
}

const swatches = [
  "bg-series-1",
  "bg-series-2",
  "bg-series-3",
  "bg-series-4",
  "bg-series-5",
  "bg-series-6",
];

function Legend({
  series,
  events,
}: {
  series: readonly ChartSeries[];
  events: readonly ChartEvent[];
}) {
  return (
    <ul className="mt-1 flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-muted">
      {series.length > 1
        ? series.map((each, at) => (
            <li key={each.id} className="flex items-center gap-1.5">
              <span
                aria-hidden="true"
                className={`h-0.5 w-3 rounded-full ${swatches[at % swatches.length]}`}
              />
              {each.label}
            </li>
          ))
        : null}
      {events.map((event) => (
        <li key={`${event.at}${event.label}`} className="flex items-center gap-1.5">
          <span aria-hidden="true" className="h-3 w-0 border-l border-dashed border-muted" />
          {event.label}
        </li>
      ))}
    </ul>
  );
}
