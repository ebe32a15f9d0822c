/** One measured value. A sample is a gauge or the increase of a counter over one interval, never a raw counter. */
export interface Sample {
  /** What was measured, inside its signal: a queue, a table, a database. */
  entity: string;
  /** snake_case with its unit, such as `wait_ms` or `reads`. */
  metric: string;
  value: number;
}

/** One bucket of a series. `count` = 0 means that nothing was observed, which is not the same as zero. */
export interface SeriesPoint {
  at: string;
  count: number;
  /** Total over the bucket: the right reading of an increase. */
  sum: number | null;
  /** Mean over the bucket: the right reading of a gauge. */
  mean: number | null;
  min: number | null;
  max: number | null;
  last: number | null;
}
