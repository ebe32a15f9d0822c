/** One line of a chart. `points` are oldest first; null means not observed. */
export interface ChartSeries {
  id: string;
  label: string;
  points: readonly { at: string; value: number | null }[];
}

/** Something that happened: a deploy, an override, a drill. */
export interface ChartEvent {
  at: string;
  label: string;
}

/** "area" for one quantity, "line" to compare, "stack" for parts of a whole, "bar" for counts. */
export type ChartKind = "line" | "area" | "stack" | "bar";

/** One moment with the value of each series, as the chart library wants it. */
export type ChartRow = { at: number } & Record<string, number | null>;

const COLORS = 6;

export function seriesColor(at: number): string {
  return `var(--color-series-${(at % COLORS) + 1})`;
}

/** Joins series by time; what is missing is a gap. In a stack a moment with a missing part is missing whole: a partial sum would lie. */
export function chartRows(series: readonly ChartSeries[], kind: ChartKind): ChartRow[] {
  const byTime = new Map<number, ChartRow>();
  for (const each of series) {
    for (const point of each.points) {
      const at = Date.parse(point.at);
      const row = byTime.get(at) ?? ({ at } as ChartRow);
      row[each.id] = point.value;
      byTime.set(at, row);
    }
  }
  const rows = [...byTime.values()].toSorted((a, b) => a.at - b.at);
  if (kind !== "stack") return rows;
  const whole = (row: ChartRow) => series.every((each) => typeof row[each.id] === "number");
  return rows.map((row) => (whole(row) ? row : ({ at: row.at } as ChartRow)));
}

/** Times of values with a gap on both sides. */
export function lonePoints(series: ChartSeries): Set<number> {
  const { points } = series;
  const present = (at: number) => typeof points[at]?.value === "number";
  return new Set(
    points
      .filter((_, at) => present(at) && !present(at - 1) && !present(at + 1))
      .map((point) => Date.parse(point.at)),
  );
}

/** What the chart shows, in one sentence per series, for those who do not see it. */
export function summarize(
  title: string,
  series: readonly ChartSeries[],
  format: (value: number | null) => string,
): string {
  const parts = series.map((each) => {
    const values = each.points.map((point) => point.value).filter((value) => value !== null);
    const gaps = each.points.length - values.length;
    if (values.length === 0) return `${each.label}: no data`;
    const range = `last ${format(values.at(-1)!)}, lowest ${format(Math.min(...values))}, highest ${format(Math.max(...values))}`;
    return `${each.label}: ${range}${gaps > 0 ? `, ${gaps} of ${each.points.length} points not observed` : ""}`;
  });
  return `${title}. ${parts.join(". ")}.`;
}
