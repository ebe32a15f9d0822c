import { DAY, HOUR, MINUTE } from "#lib/core/time.ts";

export interface Window {
  from: Date;
  to: Date;
}

/** Where sums over a window come from. */
export interface Resolution {
  table: "sample" | "sample_1m" | "sample_1h";
  /** The column that holds an increase. */
  value: "value" | "sum";
  /** The window, widened to whole buckets at its beginning. */
  window: Window;
}

/** One cache is cheap to add up from raw samples; the list adds up all of them. */
export type Breadth = "one" | "many";

const LEVELS = [
  {
    table: "sample",
    value: "value",
    bucketMs: 1,
    keptMs: DAY,
    longestMs: { one: 6 * HOUR, many: 30 * MINUTE },
  },
  {
    table: "sample_1m",
    value: "sum",
    bucketMs: MINUTE,
    keptMs: 14 * DAY,
    longestMs: { one: 2 * DAY, many: 12 * HOUR },
  },
] as const;
const HOURLY = { table: "sample_1h", value: "sum", bucketMs: HOUR } as const;

/** The finest table that still holds the window and has few enough rows in it. */
export function resolutionFor({ from, to }: Window, now: Date, breadth: Breadth): Resolution {
  const age = now.getTime() - from.getTime();
  const span = to.getTime() - from.getTime();
  const level =
    LEVELS.find((each) => age <= each.keptMs && span <= each.longestMs[breadth]) ?? HOURLY;
  const { table, value, bucketMs } = level;
  const start = new Date(Math.floor(from.getTime() / bucketMs) * bucketMs);
  return { table, value, window: { from: start, to } };
}

/** The window of the same length just before. */
export function windowBefore({ from, to }: Window): Window {
  return { from: new Date(2 * from.getTime() - to.getTime()), to: from };
}
