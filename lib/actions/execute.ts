import { AppError, isAppError } from "#lib/core/errors.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import type { JobContext } from "#lib/jobs/define.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import { type Attempt, apply, isRefusal, withTimeout } from "./apply.ts";
import type { Action, Observation } from "./define.ts";
import { failpoint } from "./failpoint.ts";
import { type LeasedRun, leaseAbandonedRun, leaseRun, whileLeased } from "./lease.ts";
import { isLeaseLost, recordEnding, recordExecuting, runErrorOf } from "./record.ts";
import { resolveDoubt } from "./resolve.ts";

const OBSERVE_MS = 10 * SECOND;

/** What carrying out an action needs of the worker process. */
export interface ActContext extends JobContext {
  findAction(name: string): Action | undefined;
}

/** Works on one recorded intent, unless another worker has it or it is done. */
export async function executeRun(id: string, context: ActContext): Promise<void> {
  const run = await leaseRun(id);
  if (run) await workOn(run, context);
}

/** Takes one run that nobody works on and begins with it; `done` settles when it is put down. Null when there is none. */
export async function executeAbandonedRun(
  context: ActContext,
): Promise<{ done: Promise<void> } | null> {
  const run = await leaseAbandonedRun();
  return run && { done: workOn(run, context) };
}

async function workOn(leased: LeasedRun, context: ActContext): Promise<void> {
  const action = context.findAction(leased.name);
  const run = action?.where === "target" ? { ...leased, settle: action.settle } : leased;
  try {
    await whileLeased(run, () =>
      run.state === "in_doubt" ? resume(run, context) : begin(run, context),
    );
  } catch (error) {
    // A lost lease means that another worker carries on.
    if (!isLeaseLost(error)) throw error;
    log.warn({ runId: run.id }, "another worker took this run over");
  }
}

/** From the intent to the stored fence. Nothing is sent to the target before that, so any failure is plain. */
async function begin(run: LeasedRun, context: ActContext): Promise<void> {
  await failpoint("claimed", run.id);
  let attempt: Attempt;
  let observation: Observation;
  try {
    attempt = await prepare(run, context);
    observation = await withTimeout(OBSERVE_MS, attempt.action.observe(attempt));
  } catch (error) {
    await recordEnding(run, {
      outcome: "failed",
      error: runErrorOf(nothingDone(error)),
      before: null,
      after: null,
    });
    return;
  }
  await failpoint("observed", run.id);
  await recordExecuting(run, observation);
  await failpoint("fenced", run.id);
  await apply(attempt, observation, true, () => resolveDoubt(attempt, observation));
}

/** The worker before us may or may not have reached the target. */
async function resume(run: LeasedRun, context: ActContext): Promise<void> {
  const attempt = await prepare(run, context).catch((error: unknown) => {
    log.warn({ err: error, runId: run.id }, "the target of an action in doubt cannot be reached");
    return null;
  });
  await resolveDoubt(attempt ?? { run }, run.observation as Observation);
}

async function prepare(run: LeasedRun, context: ActContext): Promise<Attempt> {
  const action = context.findAction(run.name);
  if (action?.where !== "target")
    throw new AppError("not_found", `This version of Plumbline has no action "${run.name}"`);
  if (!run.source)
    throw new AppError("not_found", "The source of this action is no longer configured");
  const input = action.input.safeParse(run.input);
  if (!input.success)
    throw new AppError(
      "validation_failed",
      "The recorded input does not fit this version of the action",
    );
  return {
    run,
    action,
    source: await withTimeout(OBSERVE_MS, context.openSource(run.source.id)),
    input: input.data,
  };
}

/** Whatever goes wrong before the change is sent, the person hears that nothing was changed. */
function nothingDone(error: unknown): unknown {
  if (isRefusal(error)) return error;
  const detail =
    isSourceError(error) || isAppError(error) ? error.message : "The target could not be read.";
  return new AppError("unavailable", "The source could not be read; nothing was changed", {
    detail,
    remedy: "Try again when the source answers.",
    cause: error,
  });
}
