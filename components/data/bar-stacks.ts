import type { ChartRow, ChartSeries } from "#components/data/chart-data.ts";

/** One part of a stacked bar in a box one unit high and as many wide as there are bars. */
export interface BarPart {
  x: number;
  y: number;
  height: number;
  /** Index of its series. */
  series: number;
}

/** A count that is there must be seen beside the largest. */
const LEAST = 0.02;

/** The parts of all bars, the first series at the bottom; the highest bar fills the box. */
export function barStacks(rows: readonly ChartRow[], series: readonly ChartSeries[]): BarPart[] {
  const valueOf = (row: ChartRow, each: ChartSeries) => row[each.id] ?? 0;
  const totals = rows.map((row) => series.reduce((sum, each) => sum + valueOf(row, each), 0));
  const highest = Math.max(1, ...totals);
  return rows.flatMap((row, x) => {
    const total = totals[x]!;
    const full = total === 0 ? 0 : Math.max(LEAST, total / highest);
    let y = 1;
    return series.flatMap((each, at) => {
      const value = valueOf(row, each);
      if (value === 0) return [];
      const height = (value / total) * full;
      y -= height;
      return [{ x, y, height, series: at }];
    });
  });
}
