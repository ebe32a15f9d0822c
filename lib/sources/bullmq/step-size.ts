/** What one step may cost the server, in milliseconds: its other clients wait no longer than that. */
const TARGET_MS = 1;
const MIN_STEP = 5;
/** No job was ever seen to cost less than 20 microseconds. */
const MAX_STEP = 50;
const GROWTH = 1.5;

/** Careful at first: what a job costs is not known yet. */
export const FIRST_STEP = 20;

/** How many of the last steps tell what a job costs. */
const RECENT = 8;

/**
 * Sizes the steps of one run. The quickest of the last steps tells what a job costs: whatever else slows an answer, a busy
 * network or our own process, comes and goes.
 */
export class StepSize {
  size = FIRST_STEP;
  readonly #costs: number[] = [];

  /** A step of the present size took so many milliseconds beyond the way there and back. */
  took(ms: number): void {
    this.#costs.push(Math.max(ms, 0) / this.size);
    if (this.#costs.length > RECENT) this.#costs.shift();
    const fitting = TARGET_MS / Math.max(Math.min(...this.#costs), TARGET_MS / MAX_STEP);
    const next = Math.floor(Math.min(fitting, this.size * GROWTH));
    this.size = Math.min(Math.max(next, MIN_STEP), MAX_STEP);
  }
}
