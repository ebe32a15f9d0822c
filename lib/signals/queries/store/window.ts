import { DAY, HOUR, MINUTE, bucketStart } from "#lib/core/time.ts";
import type { Parameters } from "#lib/db/parameters.ts";
import { COUNTERS } from "../counters.ts";

/** Minutes are kept this long (see partition_policy); older windows have whole hours only. */
const MINUTES_KEPT_MS = 14 * DAY;
/** Below this, minutes alone are quick enough. */
const MINUTES_ONLY_MS = 6 * HOUR;

export interface Window {
  from: Date;
  to: Date;
}

/** The narrowest bucket worth drawing: minutes, but two collections at least, or jitter looks like gaps. */
export const bucketWidth = (intervalMs: number): number =>
  Math.ceil(Math.max(MINUTE, 2 * intervalMs) / MINUTE) * MINUTE;

export interface Part extends Window {
  table: "queries_delta" | "queries_delta_1h";
}

/** The tables that hold a window: whole hours from the hourly table, its ragged ends from the minutes. */
export function windowParts({ from, to }: Window, now: Date): Part[] {
  if (
    to.getTime() - from.getTime() <= MINUTES_ONLY_MS &&
    now.getTime() - from.getTime() < MINUTES_KEPT_MS
  )
    return [{ table: "queries_delta", from, to }];
  const hours = { from: hourAtOrAfter(from), to: bucketStart(to, HOUR) };
  if (now.getTime() - from.getTime() >= MINUTES_KEPT_MS) hours.from = bucketStart(from, HOUR);
  // The hour that is running is whole up to now.
  if (to >= now) hours.to = to;
  const parts: Part[] = [
    { table: "queries_delta", from, to: hours.from },
    { table: "queries_delta_1h", ...hours },
    { table: "queries_delta", from: hours.to, to },
  ];
  return parts.filter((part) => part.from < part.to);
}

function hourAtOrAfter(at: Date): Date {
  return new Date(Math.ceil(at.getTime() / HOUR) * HOUR);
}

const SUMS = COUNTERS.map((name) => `sum(d.${name}) AS ${name}`).join(", ");

/** A subquery with the counters per statement over the window; `where` may name `d.statement_id`. */
export function workBy(
  key: string,
  parts: readonly Part[],
  params: Parameters,
  where = "true",
): string {
  const rows = parts.map(
    ({ table, from, to }) =>
      `SELECT ${key} AS key, ${COUNTERS.join(", ")} FROM ${table} d
       WHERE d.at >= ${params.add(from)}::timestamptz AND d.at < ${params.add(to)}::timestamptz AND ${where}`,
  );
  return `(SELECT d.key, ${SUMS} FROM (${rows.join(" UNION ALL ")}) d GROUP BY d.key)`;
}
