import { DAY, HOUR, MINUTE } from "#lib/core/time.ts";

// Arrivals are counted by ten minutes; after a week, by six hours.

const FINE_MS = 10 * MINUTE;
const COARSE_MS = 6 * HOUR;
/** The same for Postgres. */
export const COARSE = "6 hours";

/** A day more than the longest range that is shown finer, so that it is whole whenever it is looked at. */
const FINE_FOR_MS = 8 * DAY;

/** What arrived before this time may be counted by six hours only. */
export const fineSince = (now: Date): Date =>
  new Date(Math.floor((now.getTime() - FINE_FOR_MS) / COARSE_MS) * COARSE_MS);

/** Milliseconds below which nothing can be told of a range that begins at `from`. */
export const countedBy = (from: Date, now: Date): number =>
  from < fineSince(now) ? COARSE_MS : FINE_MS;
