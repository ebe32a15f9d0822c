import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import type { Observation, ReadBack } from "./define.ts";
import { type Attempt, apply, isRefusal, withTimeout } from "./apply.ts";
import { failpoint } from "./failpoint.ts";
import { postponeDoubt, recordEnding, recordExecuting, runErrorOf } from "./record.ts";

const READ_BACK_MS = 10 * SECOND;
/** With doubling delays up to a minute this is about five minutes of trying. */
const MAX_ATTEMPTS = 9;

/**
 * Settles a run whose change may or may not have reached the target, by looking at the target; never by blindly doing it
 * again. Doing it again is safe only after the target says that it was not applied, and then under the same fence.
 * `attempt` holds only the run when the target could not even be opened; `repetition` is why a repetition failed.
 */
export async function resolveDoubt(
  attempt: Attempt | Pick<Attempt, "run">,
  observation: Observation,
  repetition?: { error: unknown },
): Promise<void> {
  const { run } = attempt;
  const { before } = observation;
  const answer = "action" in attempt ? await readBack(attempt, observation) : "unknown";
  await failpoint("read_back", run.id);
  if (answer === "applied") {
    const after = { confirmed: "by reading back" };
    return recordEnding(run, {
      outcome: "confirmed_by_reading_back",
      result: after,
      before,
      after,
    });
  }
  if (answer === "not_applied" && "action" in attempt && !repetition) {
    await recordExecuting(run, observation);
    return apply(attempt, observation, false, (error) =>
      resolveDoubt(attempt, observation, { error }),
    );
  }
  if (answer === "not_applied" && repetition && isRefusal(repetition.error)) {
    return recordEnding(run, {
      outcome: "failed",
      error: runErrorOf(repetition.error),
      before,
      after: null,
    });
  }
  if (run.attempts < MAX_ATTEMPTS) return postponeDoubt(run);
  await giveUp(attempt, observation, answer);
}

/** After the last look the outcome is named for what it is. */
async function giveUp(
  { run }: Pick<Attempt, "run">,
  { before }: Observation,
  answer: ReadBack,
): Promise<void> {
  if (answer === "not_applied") {
    const error = {
      code: "unavailable",
      title: "The target did not take the change; nothing was changed",
      remedy: "Check the source, then try again.",
    };
    return recordEnding(run, { outcome: "failed", error, before, after: null });
  }
  const error = {
    code: "outcome_unknown",
    title: "Nobody could find out whether this took effect",
    detail: `The target was asked ${run.attempts} times.`,
    remedy: "Look at the target yourself before you try again.",
  };
  await recordEnding(run, { outcome: "outcome_unknown", error, before, after: null });
}

async function readBack(
  { run, action, source, input }: Attempt,
  { fence }: Observation,
): Promise<ReadBack> {
  try {
    return await withTimeout(
      READ_BACK_MS,
      action.readBack({ source, input, fence, runId: run.id }),
    );
  } catch (error) {
    log.warn({ err: error, runId: run.id }, "reading back failed");
    return "unknown";
  }
}
