import { defaultRepeatStrategy } from "bullmq";
import type { Scheduler } from "./schedulers.ts";

/**
 * When a scheduler that stood still runs next, in milliseconds; null when it never does: it has an end, or its pattern is not one
 * that BullMQ itself can read.
 */
export function nextRun(
  scheduler: Pick<Scheduler, "pattern" | "every" | "timeZone" | "startAt" | "endAt" | "offset">,
  now: number,
): number | null {
  const { pattern, every, endAt } = scheduler;
  if (endAt !== null && now > endAt) return null;
  const next = every
    ? nextSlot(every, scheduler.offset ?? 0, now)
    : pattern && nextMatch(scheduler, now);
  return next && (endAt === null || next <= endAt) ? next : null;
}

/** Runs keep their place in the interval: what passed meanwhile is left out. */
function nextSlot(every: number, offset: number, now: number): number {
  const slot = Math.floor(now / every) * every + (offset % every);
  return slot > now ? slot : slot + every;
}

function nextMatch(
  { pattern, timeZone, startAt }: Pick<Scheduler, "pattern" | "timeZone" | "startAt">,
  now: number,
): number | null {
  try {
    const from = Math.max(now, startAt ?? 0);
    const options = { pattern: pattern ?? "", ...(timeZone && { tz: timeZone }) };
    return defaultRepeatStrategy(from, options) ?? null;
  } catch {
    return null;
  }
}
