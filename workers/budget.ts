import { SourceError } from "#lib/sources/errors.ts";

/** Runs `work` with a signal that fires when the time is up; then it is given up on, whether it listens or not. */
export async function withinBudget<T>(
  ms: number,
  work: (abort: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new SourceError("timeout", `It could not be read within ${ms / 1_000} s.`);
    reject(error);
    controller.abort(error);
  }, ms);
  try {
    return await Promise.race([work(controller.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
