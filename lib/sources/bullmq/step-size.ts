/** What one step may cost the server, in milliseconds: its other clients wait no longer than that. */
const TARGET_MS = 1;
const MIN_STEP = 5;
const MAX_STEP = 100;

/** Careful at first: what a job costs is not known yet. */
export const FIRST_STEP = 20;

/** How many jobs the next step looks at, when one of `size` jobs took so long beyond the way there and back. */
export function nextStep(size: number, tookMs: number): number {
  const factor = TARGET_MS / Math.max(tookMs, TARGET_MS / 4);
  // Down at once, up slowly: one quick step is no proof.
  const next = Math.floor(size * Math.min(factor, 1.5));
  return Math.min(Math.max(next, MIN_STEP), MAX_STEP);
}
