import { MINUTE, SECOND } from "#lib/core/time.ts";

const WINDOW_MS = MINUTE;
/** Before that a figure would jump about. */
const MIN_MS = 2 * SECOND;

/** How many per second went out over the last minute. */
export class RecentRate {
  readonly #rounds: { at: number; count: number }[] = [];
  readonly #since = performance.now();

  add(count: number): void {
    this.#rounds.push({ at: performance.now(), count });
  }

  /** Null before there is a figure. */
  perSecond(): number | null {
    const now = performance.now();
    while ((this.#rounds[0]?.at ?? now) < now - WINDOW_MS) this.#rounds.shift();
    const window = Math.min(WINDOW_MS, now - this.#since);
    if (window < MIN_MS) return null;
    return this.#rounds.reduce((sum, { count }) => sum + count, 0) / (window / SECOND);
  }
}
