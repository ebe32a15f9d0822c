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
} from "recharts";
import {
  lonePoints,
  seriesColor,
  type ChartEvent,
  type ChartKind,
  type ChartRow,
  type ChartSeries,
} from "#components/data/chart-data.ts";
import { ChartReadout } from "#components/data/chart-readout.tsx";
import { formatTime } from "#components/data/format.ts";

interface CanvasProps {
  rows: ChartRow[];
  series: readonly ChartSeries[];
  format: (value: number | null) => string;
  events: readonly ChartEvent[];
  kind: ChartKind;
  group: string;
  now: Date;
}

const tick = { fontSize: 11, fill: "var(--color-faint)" };
const axis = { tick, tickLine: false, axisLine: false };
const cursor = { stroke: "var(--color-control)", strokeWidth: 1 };
const AXIS_WIDTH = 52;

/** The drawing itself; loaded on demand by `Chart`. */
export function ChartCanvas({ rows, series, format, events, kind, group, now }: CanvasProps) {
  const readout = <ChartReadout series={series} format={format} now={now} />;
  const span = {
    dataKey: "at",
    type: "number",
    scale: "time",
    domain: ["dataMin", "dataMax"],
  } as const;
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
          {...span}
          {...axis}
          tickFormatter={(at: number) => formatTime(new Date(at), now)}
          minTickGap={48}
        />
        <YAxis
          {...axis}
          width={AXIS_WIDTH}
          tickFormatter={format}
          tickCount={4}
          domain={[0, "auto"]}
        />
        <Tooltip isAnimationActive={false} cursor={cursor} content={readout} />
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
        {series.map((each, at) => drawing(each, seriesColor(at), kind))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function drawing(series: ChartSeries, color: string, kind: ChartKind) {
  const common = {
    dataKey: (row: ChartRow) => row[series.id] ?? null,
    name: series.label,
    isAnimationActive: false,
    stroke: color,
    strokeWidth: 1.5,
  };
  if (kind === "bar")
    return <Bar key={series.id} {...common} strokeWidth={0} fill={color} stackId="all" />;
  const lone = lonePoints(series);
  const curve = {
    ...common,
    type: "linear",
    connectNulls: false,
    activeDot: { r: 3 },
    dot: lone.size > 0 ? dotOf(lone, color) : false,
  } as const;
  if (kind === "line") return <Line key={series.id} {...curve} />;
  const stacked = kind === "stack";
  return (
    <Area
      key={series.id}
      {...curve}
      fill={color}
      fillOpacity={stacked ? 0.35 : 0.12}
      stackId={stacked ? "all" : undefined}
    />
  );
}

/** A value between two gaps has no line to be seen by: it gets a dot. */
function dotOf(lone: ReadonlySet<number>, color: string) {
  return ({
    key,
    cx,
    cy,
    payload,
  }: {
    key?: unknown;
    cx?: number;
    cy?: number;
    payload?: ChartRow;
  }) =>
    payload && lone.has(payload.at) ? (
      <circle key={String(key)} cx={cx} cy={cy} r={2} fill={color} />
    ) : (
      <g key={String(key)} />
    );
}
