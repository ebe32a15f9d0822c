import { AppError, isAppError } from "#lib/core/errors.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import type { Observation, TargetAction } from "./define.ts";
import { failpoint } from "./failpoint.ts";
import type { LeasedRun } from "./lease.ts";
import { isLeaseLost, recordDoubt, recordEnding, runErrorOf } from "./record.ts";

/** A target that has not answered by then leaves the outcome open, unless the action takes longer by nature. */
const RUN_MS = 15 * SECOND;

/** Everything one attempt needs, once the target is open. */
export interface Attempt {
  run: LeasedRun;
  action: TargetAction<never, unknown>;
  source: OpenSource;
  input: never;
}

/**
 * Sends the change to the target. A refusal by the target ends the run when it is the first attempt; in a repetition the
 * change may collide with its own earlier self. Everything else leaves the outcome open, and `onDoubt` has to find out.
 */
export async function apply(
  attempt: Attempt,
  observation: Observation,
  first: boolean,
  onDoubt: (error: unknown) => Promise<void>,
): Promise<void> {
  const { run, action, source, input } = attempt;
  const { fence, before } = observation;
  try {
    const applied = await withTimeout(
      action.runMs ?? RUN_MS,
      action.run({ source, actor: run.actor, input, fence, runId: run.id }),
    );
    await failpoint("applied", run.id);
    await recordEnding(run, {
      outcome: "succeeded",
      result: applied.result,
      before,
      after: applied.after,
    });
  } catch (error) {
    if (isLeaseLost(error)) throw error;
    if (first && isRefusal(error))
      return recordEnding(run, {
        outcome: "failed",
        error: runErrorOf(error),
        before,
        after: null,
      });
    log.warn(
      { err: error, runId: run.id, action: run.name },
      "the outcome of an action is not known; reading back",
    );
    await recordDoubt(run);
    await failpoint("doubted", run.id);
    await onDoubt(error);
  }
}

const REFUSALS: readonly string[] = [
  "precondition_failed",
  "conflict",
  "not_found",
  "forbidden",
  "validation_failed",
  "gone",
];

/** The target, or the action on its behalf, said no: nothing was changed. */
export function isRefusal(error: unknown): boolean {
  return isAppError(error) && REFUSALS.includes(error.code);
}

export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new AppError("timeout", `The target did not answer within ${ms / SECOND} s`)),
    ms,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
