import { SECOND } from "#lib/core/time.ts";
import type { Loop } from "./loop.ts";

export interface Health {
  /** False when the process should be restarted: one of its loops hangs. Failing for want of a database is no reason. */
  ok: boolean;
  /** Name → when it last ended well; null when not yet. */
  loops: Record<string, string | null>;
}

/** On top of twice its pause: no round takes this long unless it hangs. */
const HANGS_AFTER_MS = 120 * SECOND;

export function healthOf(loops: readonly Loop[], startedAt: Date, now = new Date()): Health {
  const hangs = loops.some((loop) => {
    const since = loop.lastEnd() ?? startedAt;
    return now.getTime() - since.getTime() > HANGS_AFTER_MS + 2 * loop.everyMs;
  });
  return {
    ok: !hangs,
    loops: Object.fromEntries(
      loops.map((loop) => [loop.name, loop.lastGood()?.toISOString() ?? null]),
    ),
  };
}
