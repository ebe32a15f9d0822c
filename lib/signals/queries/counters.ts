/**
 * The counters of one pg_stat_statements entry, in storage order. Each names the columns that hold it, newest name first:
 * columns differ by version of the extension, which may lag behind the server's. Several columns in one text are summed.
 */
const SOURCES = {
  calls: ["calls"],
  exec_ms: ["total_exec_time"],
  plan_ms: ["total_plan_time"],
  rows: ["rows"],
  blks_hit: ["shared_blks_hit"],
  blks_read: ["shared_blks_read"],
  blks_dirtied: ["shared_blks_dirtied"],
  blks_written: ["shared_blks_written"],
  temp_read: ["temp_blks_read"],
  temp_written: ["temp_blks_written"],
  read_ms: ["shared_blk_read_time", "blk_read_time"],
  write_ms: ["shared_blk_write_time", "blk_write_time"],
  wal_bytes: ["wal_bytes"],
  jit_ms: [
    "jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time + jit_deform_time",
    "jit_generation_time + jit_inlining_time + jit_optimization_time + jit_emission_time",
  ],
} as const;

export type Counter = keyof typeof SOURCES;
export const COUNTERS = Object.keys(SOURCES) as Counter[];

/** Counters in storage order: the position of each is `COUNTER_AT`. */
export type Counters = readonly number[];
export const COUNTER_AT = Object.fromEntries(COUNTERS.map((name, at) => [name, at])) as Record<
  Counter,
  number
>;

/** SQL expressions for the counters, 0 where this server has no such column: then nothing of it was ever counted. */
export function counterColumns(present: ReadonlySet<string>): string {
  return COUNTERS.map((name) => {
    const known = SOURCES[name].find((text) =>
      text.split(" + ").every((column) => present.has(column)),
    );
    return `coalesce((${known ?? "0"})::float8, 0)`;
  }).join(", ");
}
