import { DAY_LENGTH_MS } from "../settings.ts";

/** How busy the shops are at a moment, around 1: most in the middle of the day, a fifth of that at night. */
export function rhythm(now: number): number {
  const hourOfDay = (now % DAY_LENGTH_MS) / DAY_LENGTH_MS;
  return 1 + 0.67 * Math.cos(2 * Math.PI * (hourOfDay - 0.375));
}

/** Milliseconds until the next of independent arrivals that come `perSecond` on average. */
export const untilNextArrival = (perSecond: number): number =>
  (-Math.log(1 - Math.random()) * 1_000) / perSecond;
