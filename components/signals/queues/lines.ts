import type { ChartSeries } from "#components/data/chart-data.ts";

interface ReadSeries {
  metric: string;
  points: ChartSeries["points"];
}

/** A metric as a line of a chart; none when it was never observed. */
export function lineOf(all: readonly ReadSeries[], metric: string, label: string): ChartSeries[] {
  const found = all.find((each) => each.metric === metric);
  return found ? [{ id: metric, label, points: found.points }] : [];
}

/** As `lineOf`, but not when it was nothing all the time. */
export function busyLineOf(
  all: readonly ReadSeries[],
  metric: string,
  label: string,
): ChartSeries[] {
  return lineOf(all, metric, label).filter(({ points }) => points.some(({ value }) => value));
}
