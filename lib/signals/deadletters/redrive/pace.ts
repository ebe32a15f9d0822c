/** Falling behind further than this is not made up for: a target that was slow must not get it all at once. */
const MAX_BEHIND_MS = 1_000;
/** What is sent in one go, in milliseconds of the rate. */
const ROUND_MS = 50;

/** Spreads work evenly at so many per second, by a clock that never jumps. */
export class Pace {
  #perSecond: number;
  /** Up to when everything is used up. */
  #usedUntil: number;
  readonly #clock: () => number;

  constructor(perSecond: number, clock: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#usedUntil = clock();
  }

  /** From now on another rate; what is due already stays due. */
  setRate(perSecond: number): void {
    if (perSecond === this.#perSecond) return;
    const due = this.#due();
    this.#perSecond = perSecond;
    this.#usedUntil = this.#clock() - due * this.#gap();
  }

  /** How many may be sent now; 0 until it is worth a round. They count as sent: give back those that were not. */
  take(most: number): number {
    const due = this.#due();
    if (due < this.#round(most)) return 0;
    const count = Math.min(Math.floor(due), most);
    this.#usedUntil += count * this.#gap();
    return count;
  }

  giveBack(count: number): void {
    this.#usedUntil -= count * this.#gap();
  }

  /** Milliseconds until `take` gives something. */
  wait(most: number): number {
    return Math.max(0, (this.#round(most) - this.#due()) * this.#gap());
  }

  #gap(): number {
    return 1_000 / this.#perSecond;
  }

  #round(most: number): number {
    return Math.max(1, Math.min(most, Math.floor(ROUND_MS / this.#gap())));
  }

  #due(): number {
    const now = this.#clock();
    // One more than a second's worth, so that a slow rate does not lose time at every letter.
    this.#usedUntil = Math.max(this.#usedUntil, now - MAX_BEHIND_MS - this.#gap());
    // Rounded against the noise of floating point: what is due at this very moment is due.
    return Math.round(((now - this.#usedUntil) / this.#gap()) * 1e6) / 1e6;
  }
}
