export interface SparkPath {
  line: string;
  area: string;
  last: { x: number; y: number; value: number } | null;
  min: number;
  max: number;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** SVG paths for a row of values in a box; runs of nulls break the line, a lone value becomes a dot. */
export function sparkPath(
  values: readonly (number | null)[],
  width: number,
  height: number,
  fromZero: boolean,
): SparkPath {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return { line: "", area: "", last: null, min: 0, max: 0 };
  const min = Math.min(...present);
  const max = Math.max(...present);
  const floor = fromZero ? Math.min(0, min) : min;
  const span = max - floor || 1;
  const x = (at: number) => round(values.length < 2 ? width : (at * width) / (values.length - 1));
  const y = (value: number) => round(height - 1 - ((value - floor) / span) * (height - 2));
  let last: SparkPath["last"] = null;
  const runs: { x: number; y: number }[][] = [[]];
  values.forEach((value, at) => {
    if (value === null) return void runs.push([]);
    last = { x: x(at), y: y(value), value };
    runs.at(-1)!.push(last);
  });
  const drawn = runs.filter((run) => run.length > 0);
  return {
    line: drawn
      .map(
        (run) => `M${run.map((p) => `${p.x} ${p.y}`).join("L")}${run.length === 1 ? "h0.1" : ""}`,
      )
      .join(""),
    area: drawn
      .filter((run) => run.length > 1)
      .map(
        (run) =>
          `M${run[0]!.x} ${height}L${run.map((p) => `${p.x} ${p.y}`).join("L")}L${run.at(-1)!.x} ${height}Z`,
      )
      .join(""),
    last,
    min,
    max,
  };
}
