"use client";
import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type TooltipContentProps,
} from "recharts";
import type { ChartProps } from "#components/data/chart.tsx";
import type { ChartEvent, ChartRow, ChartSeries } from "#components/data/chart-data.ts";
import { formatTime } from "#components/data/format.ts";

interface CanvasProps {
  rows: ChartRow[];
  series: readonly ChartSeries[];
  format: (value: number | null) => string;
  events: readonly ChartEvent[];
  kind: NonNullable<ChartProps["kind"]>;
  group: string;
}

const color = (at: number) => `var(--color-series-${(at % 6) + 1})`;
const tick = { fontSize: 11, fill: "var(--color-faint)" };
const AXIS_WIDTH = 52;

/** The drawing itself; loaded on demand by `Chart`. */
export function ChartCanvas({ rows, series, format, events, kind, group }: CanvasProps) {
  const now = new Date();
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={rows}
        syncId={group}
        syncMethod="value"
        accessibilityLayer={false}
        margin={{ top: 6, right: 8, bottom: 0, left: 0 }}
        barCategoryGap={1}
      >
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={["dataMin", "dataMax"]}
          tickFormatter={(at: number) => formatTime(new Date(at), now)}
          tick={tick}
          tickLine={false}
          axisLine={false}
          minTickGap={48}
        />
        <YAxis
          width={AXIS_WIDTH}
          tickFormatter={format}
          tick={tick}
          tickLine={false}
          axisLine={false}
          tickCount={4}
          domain={[0, "auto"]}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: "var(--color-control)", strokeWidth: 1 }}
          content={(props) => <Readout {...props} series={series} format={format} />}
        />
        {events.map((event) => (
          <ReferenceLine
            key={`${event.at}${event.label}`}
            x={Date.parse(event.at)}
            stroke="var(--color-muted)"
            strokeDasharray="3 3"
            label={{
              value: event.label,
              position: "insideTopLeft",
              fontSize: 10,
              fill: "var(--color-muted)",
            }}
          />
        ))}
        {series.map((each, at) => drawing(each, at, kind))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function drawing(series: ChartSeries, at: number, kind: CanvasProps["kind"]) {
  const common = {
    key: series.id,
    dataKey: (row: ChartRow) => row[series.id] ?? null,
    name: series.label,
    isAnimationActive: false,
    stroke: color(at),
    strokeWidth: 1.5,
  };
  if (kind === "bar") return <Bar {...common} strokeWidth={0} fill={color(at)} stackId="all" />;
  if (kind === "line")
    return <Line {...common} type="linear" dot={false} activeDot={{ r: 3 }} connectNulls={false} />;
  return (
    <Area
      {...common}
      type="linear"
      fill={color(at)}
      fillOpacity={kind === "stack" ? 0.35 : 0.12}
      stackId={kind === "stack" ? "all" : undefined}
      activeDot={{ r: 3 }}
      connectNulls={false}
    />
  );
}

function Readout({
  active,
  label,
  payload,
  series,
  format,
}: TooltipContentProps & { series: readonly ChartSeries[]; format: CanvasProps["format"] }) {
  if (!active || !payload?.length) return null;
  const row = payload[0]?.payload as ChartRow;
  return (
    <div className="rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-float">
      <p className="mb-1 text-muted">
        {formatTime(new Date(Number(label)), new Date(), { seconds: true })}
      </p>
      {series.map((each, at) => (
        <p key={each.id} className="flex items-center gap-2">
          <svg aria-hidden="true" viewBox="0 0 12 2" className="h-0.5 w-3">
            <rect width="12" height="2" rx="1" fill={color(at)} />
          </svg>
          <span className="text-muted">{each.label}</span>
          <span className="ml-auto pl-3 font-medium">{format(row[each.id] ?? null)}</span>
        </p>
      ))}
    </div>
  );
}
