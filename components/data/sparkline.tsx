import { clsx } from "clsx";
import { sparkPath } from "#components/data/spark-path.ts";

interface SparklineProps {
  /** Oldest first; null is a gap (not observed), never zero. */
  values: readonly (number | null)[];
  /** What it shows, e.g. "Calls per minute, last hour". The range is added for screen readers. */
  label: string;
  format?: (value: number) => string;
  /** The line starts from zero unless false. */
  fromZero?: boolean;
  className?: string;
}

const WIDTH = 96;
const HEIGHT = 20;

/** A tiny line for table rows and tiles: hand-drawn SVG, no library, gaps where nothing was observed. */
export function Sparkline({
  values,
  label,
  format = String,
  fromZero = true,
  className,
}: SparklineProps) {
  const { line, area, last, min, max } = sparkPath(values, WIDTH, HEIGHT, fromZero);
  const summary =
    last === null
      ? `${label}: no data`
      : `${label}: last ${format(last.value)}, lowest ${format(min)}, highest ${format(max)}`;
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={summary}
      className={clsx("h-5 w-24 shrink-0 overflow-visible", className)}
    >
      <title>{summary}</title>
      {last === null ? (
        <line
          x1="0"
          x2={WIDTH}
          y1={HEIGHT - 1}
          y2={HEIGHT - 1}
          className="stroke-line-strong"
          strokeDasharray="2 3"
        />
      ) : null}
      <path d={area} className="fill-accent opacity-12" />
      <path
        d={line}
        fill="none"
        className="stroke-accent"
        strokeWidth="1.25"
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
