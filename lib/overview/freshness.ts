import { isStale } from "#lib/core/reading.ts";
import type { Freshness } from "./schema.ts";

export interface CollectionTimes {
  intervalMs: number;
  lastSuccessAt: Date | null;
  blindSince: Date | null;
}

/** How much one collection may be trusted now. Failing outranks old: it says since when. */
export function freshnessOf(times: CollectionTimes, now: Date): Freshness {
  if (times.blindSince) return "blind";
  if (!times.lastSuccessAt) return "waiting";
  return isStale(times.lastSuccessAt, times.intervalMs, now) ? "stale" : "fresh";
}

const WORST_FIRST: readonly Freshness[] = ["blind", "stale", "waiting", "fresh"];

/** The worst of several; a source without collections has not been looked at yet. */
export function worstFreshness(all: readonly Freshness[]): Freshness {
  return WORST_FIRST.find((freshness) => all.includes(freshness)) ?? "waiting";
}
