import { counterDelta } from "#lib/core/stats.ts";
import { SECOND } from "#lib/core/time.ts";
import type { Counters } from "./observed.ts";

/** The counters of one cache at one moment. */
export interface Mark {
  epoch: string;
  /** By the target's own clock, in ms since 1970. */
  takenAt: number;
  counters: Counters;
}

export interface Increase {
  /** The time it covers. */
  seconds: number;
  counters: Counters;
}

/**
 * What was counted between two looks, or null when that cannot be known: a first look, another server or another start of
 * it, a reset (a counter went down), or a clock that was set back. Never negative, and never more than really happened.
 */
export function increaseOf(before: Mark | undefined, after: Mark): Increase | null {
  if (!before || before.epoch !== after.epoch) return null;
  const seconds = (after.takenAt - before.takenAt) / SECOND;
  if (!(seconds > 0)) return null;
  const counters: Record<string, number> = {};
  for (const [metric, value] of Object.entries(after.counters)) {
    const start = before.counters[metric];
    // Not counted before, such as the read time until track_io_timing was turned on.
    if (start === undefined) continue;
    const increase = counterDelta(start, value);
    if (increase === null) return null;
    counters[metric] = increase;
  }
  return { seconds, counters };
}
