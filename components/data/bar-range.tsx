"use client";
import { Table2, ChartColumn } from "lucide-react";
import { useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { barStacks } from "#components/data/bar-stacks.ts";
import { chartRows, type ChartSeries } from "#components/data/chart-data.ts";
import { ChartTable } from "#components/data/chart-table.tsx";
import { formatInteger, formatTime } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";
import { Button } from "#components/ui/button.tsx";

interface BarRangeProps {
  title: string;
  /** Counts on one time grid, oldest first; at most six series. */
  series: readonly ChartSeries[];
  bucketSeconds: number;
  /** A stretch of time was chosen: by a click, by dragging, or by the keyboard. */
  onChoose: (from: Date, to: Date) => void;
}

const fills = [
  "fill-series-1",
  "fill-series-2",
  "fill-series-3",
  "fill-series-4",
  "fill-series-5",
  "fill-series-6",
];
const swatches = [
  "bg-series-1",
  "bg-series-2",
  "bg-series-3",
  "bg-series-4",
  "bg-series-5",
  "bg-series-6",
];

/** Stacked bars over time from which a stretch can be chosen: click, drag, or arrow keys with Shift and then Enter. Hand-drawn, so that it comes with the page. */
export function BarRange({ title, series, bucketSeconds, onChoose }: BarRangeProps) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const rows = useMemo(() => chartRows(series, "bar"), [series]);
  const now = useNow();
  const [mark, setMark] = useState<Mark | null>(null);
  const spanOf = ({ from, to }: Mark) => {
    const [first, last] = from <= to ? [from, to] : [to, from];
    const end = rows[last]!.at + bucketSeconds * 1_000;
    return { first, last, start: new Date(rows[first]!.at), end: new Date(end) };
  };
  const words = (chosen: Mark) => {
    if (!now) return "";
    const { first, last, start, end } = spanOf(chosen);
    const counts = series.map((each) => ({
      label: each.label,
      count: rows.slice(first, last + 1).reduce((sum, row) => sum + (row[each.id] ?? 0), 0),
    }));
    const named = counts.filter(({ count }) => count > 0);
    const what = named.map(({ label, count }) => `${label} ${formatInteger(count)}`).join(", ");
    return `${formatTime(start, now)} – ${formatTime(end, now)}: ${what || "none"}`;
  };
  const current = mark && rows[mark.from] && rows[mark.to] ? mark : null;
  return (
    <figure aria-labelledby={id} className="min-w-0">
      <figcaption className="mb-1 flex min-h-7 items-center gap-3">
        <span id={id} className="sr-only">
          {title}
        </span>
        <span aria-hidden="true" className="tabular min-w-0 truncate text-xs text-muted">
          {current ? words(current) : <Legend series={series} />}
        </span>
        <Button
          variant="ghost"
          size="icon-sm"
          className="ml-auto"
          aria-pressed={asTable}
          aria-label={`View ${title} as a table`}
          title="View as table"
          onClick={() => setAsTable(!asTable)}
          icon={asTable ? <ChartColumn className="size-3.5" /> : <Table2 className="size-3.5" />}
        />
      </figcaption>
      {asTable && now ? (
        <ChartTable title={title} series={series} rows={rows} format={formatInteger} now={now} />
      ) : (
        <Bars
          title={title}
          series={series}
          rows={rows}
          mark={current}
          onMark={setMark}
          words={words}
          onChoose={(chosen) => {
            const { start, end } = spanOf(chosen);
            onChoose(start, end);
            setMark(null);
          }}
        />
      )}
      {now && rows.length > 0 ? (
        <p aria-hidden="true" className="tabular flex justify-between text-2xs text-faint">
          <span>{formatTime(new Date(rows[0]!.at), now)}</span>
          <span>{formatTime(new Date(rows.at(-1)!.at + bucketSeconds * 1_000), now)}</span>
        </p>
      ) : null}
    </figure>
  );
}

/** The bars between two of them, either way round. */
interface Mark {
  from: number;
  to: number;
}

interface BarsProps {
  title: string;
  series: readonly ChartSeries[];
  rows: ReturnType<typeof chartRows>;
  mark: Mark | null;
  onMark: (mark: Mark | null) => void;
  words: (mark: Mark) => string;
  onChoose: (mark: Mark) => void;
}

function Bars({ title, series, rows, mark, onMark, words, onChoose }: BarsProps) {
  const pressed = useRef(false);
  const stacks = useMemo(() => barStacks(rows, series), [rows, series]);
  const count = rows.length;
  const under = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * count);
    return Math.max(0, Math.min(count - 1, at));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -count, End: count }[event.key];
    if (by !== undefined && count > 0) {
      event.preventDefault();
      const to = Math.max(0, Math.min(count - 1, (mark?.to ?? count) + by));
      onMark({ from: event.shiftKey && mark ? mark.from : to, to });
    } else if (event.key === "Enter" && mark) onChoose(mark);
    else if (event.key === "Escape") onMark(null);
  };
  const [first, last] = mark
    ? [Math.min(mark.from, mark.to), Math.max(mark.from, mark.to)]
    : [0, 0];
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={`${title}. Arrow keys choose a time, with Shift a stretch; Enter narrows the search to it.`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, count - 1)}
      aria-valuenow={mark?.to ?? Math.max(0, count - 1)}
      aria-valuetext={mark ? words(mark) : "nothing chosen"}
      onKeyDown={onKeyDown}
      onBlur={() => onMark(null)}
      onPointerDown={(event) => {
        if (count === 0 || event.button !== 0) return;
        pressed.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        onMark({ from: under(event), to: under(event) });
      }}
      onPointerMove={(event) => {
        if (count === 0) return;
        const to = under(event);
        onMark(pressed.current && mark ? { ...mark, to } : { from: to, to });
      }}
      onPointerUp={() => {
        if (pressed.current && mark) onChoose(mark);
        pressed.current = false;
      }}
      onPointerCancel={() => {
        pressed.current = false;
        onMark(null);
      }}
      onPointerLeave={() => pressed.current || onMark(null)}
      className="h-16 cursor-crosshair touch-pan-y rounded-sm border-b border-line-strong select-none"
    >
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${Math.max(1, count)} 1`}
        preserveAspectRatio="none"
        className="h-full w-full"
      >
        {mark ? (
          <rect x={first} width={last - first + 1} y={0} height={1} className="fill-hover" />
        ) : null}
        {stacks.map(({ x, y, height, series: at }) => (
          <rect
            key={`${x} ${at}`}
            x={x + 0.08}
            width={0.84}
            y={y}
            height={height}
            className={fills[at % fills.length]}
          />
        ))}
      </svg>
    </div>
  );
}

function Legend({ series }: { series: readonly ChartSeries[] }) {
  if (series.length < 2) return null;
  return (
    <span className="flex gap-3">
      {series.map((each, at) => (
        <span key={each.id} className="flex items-center gap-1.5 whitespace-nowrap">
          <span className={`size-2 rounded-full ${swatches[at % swatches.length]}`} />
          {each.label}
        </span>
      ))}
    </span>
  );
}
