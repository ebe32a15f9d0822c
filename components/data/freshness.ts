import { STALE_AFTER_INTERVALS, type Reading } from "#lib/core/reading.ts";
import { ageSeconds, formatAge } from "#components/data/format.ts";
import type { Tone } from "#components/ui/tone.ts";

/** What a badge needs of a Reading; the data itself does not matter. */
export type ReadingInfo = Pick<Reading<unknown>, "observedAt" | "quality" | "reason"> & {
  intervalSeconds?: number;
};

export interface Freshness {
  tone: Tone;
  /** Short and complete without colour: "4s", "stale, 7m old", "blind since 3h". */
  label: string;
  /** True when numbers must not be trusted as current. */
  degraded: boolean;
}

const DEFAULT_INTERVAL_SECONDS = 60;
/** Beyond this many intervals the reading is not merely late: nobody is looking. */
const BLIND_AFTER_INTERVALS = 10;

/** Judges a reading by its own quality and by its age against its interval. */
export function freshness(reading: ReadingInfo, now: Date): Freshness {
  const age = ageSeconds(reading.observedAt, now);
  if (age === null) return { tone: "unknown", label: "never observed", degraded: true };
  const intervals = age / (reading.intervalSeconds || DEFAULT_INTERVAL_SECONDS);
  const text = formatAge(age);
  if (reading.quality === "unknown")
    return { tone: "crit", label: `blind for ${text}`, degraded: true };
  if (intervals > BLIND_AFTER_INTERVALS)
    return { tone: "crit", label: `blind for ${text}`, degraded: true };
  if (reading.quality === "stale" || intervals > STALE_AFTER_INTERVALS)
    return { tone: "warn", label: `stale, ${text} old`, degraded: true };
  if (reading.quality === "estimated")
    return { tone: "neutral", label: `estimated, ${text} ago`, degraded: false };
  return { tone: "ok", label: `${text} ago`, degraded: false };
}
