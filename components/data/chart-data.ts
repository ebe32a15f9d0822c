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

/** One moment with the value of each series, as the chart library wants it. */
export type ChartRow = { at: number } & Record<string, number | null>;

/** Joins series by time. Series may have different points; what is missing is a gap. */
export function chartRows(series: readonly ChartSeries[]): ChartRow[] {
  const byTime = new Map<number, ChartRow>();
  for (const each of series) {
    for (const point of each.points) {
      const at = Date.parse(point.at);
      const row = byTime.get(at) ?? ({ at } as ChartRow);
      row[each.id] = point.value;
      byTime.set(at, row);
    }
  }
  return [...byTime.values()].sort((a, b) => a.at - b.at);
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
