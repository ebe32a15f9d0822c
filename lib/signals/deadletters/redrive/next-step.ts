import { MINUTE } from "#lib/core/time.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { judgeCanary, type Known, tooManyFail } from "./judge.ts";
import type { change, LeasedRedrive, Standing } from "./lease.ts";
import { commonCause, lookAtFirst, newestOutcomes } from "./outcomes.ts";

type Step = Parameters<typeof change>[2];

/** So long the rest waits for what becomes of the first ones. */
const CANARY_MS = 10 * MINUTE;

/** Where a redrive that sends letters goes from here; null = it sends on. */
export async function nextStep(
  redrive: LeasedRedrive,
  standing: Standing,
  conn: BullmqConnection,
): Promise<Step | null> {
  const { items } = standing;
  if (!items["pending"] && !items["claimed"]) return { state: "completed" };
  return standing.state === "canary"
    ? afterCanary(redrive, standing, conn)
    : whileRunning(redrive, standing);
}

async function afterCanary(
  redrive: LeasedRedrive,
  standing: Standing,
  conn: BullmqConnection,
): Promise<Step | null> {
  const known = knownOf(standing);
  const allSent = known.sent >= redrive.canary;
  const open = known.sent - known.completed - known.failedAgain - known.unknown;
  if (open > 0) await lookAtFirst(redrive, conn);
  const verdict = judgeCanary(known, redrive.stopRatio, allSent);
  if (verdict === "go on") return { state: "running", passedCanary: true };
  if (verdict === "stop") {
    const ended = known.completed + known.failedAgain;
    return stopped(redrive, `${known.failedAgain} of the first ${ended} failed again`);
  }
  const tooLate = verdict === "wait" && allSent && (standing.idleMs ?? 0) > CANARY_MS;
  if (verdict !== "cannot tell" && !tooLate) return null;
  const note = tooLate
    ? `After ${CANARY_MS / MINUTE} minutes ${open} of the first ${known.sent} have not ended. Resume it to send the rest all the same.`
    : `What became of the first ${known.sent} could not be found out. Resume it to send the rest all the same.`;
  return { state: "held", heldFor: "canary", note };
}

async function whileRunning(redrive: LeasedRedrive, standing: Standing): Promise<Step | null> {
  // Nothing failed again, nothing to judge.
  if (!standing.outcomes["failed_again"]) return null;
  const newest = await newestOutcomes(redrive.id);
  if (!tooManyFail(newest, redrive.stopRatio)) return null;
  const failed = newest.filter(({ failedAgain }) => failedAgain).length;
  return stopped(redrive, `${failed} of the last ${newest.length} failed again`);
}

async function stopped(redrive: LeasedRedrive, what: string): Promise<Step> {
  const cause = await commonCause(redrive.id);
  const limit = `more than the ${Math.round(redrive.stopRatio * 100)} % it was given`;
  const most = cause ? ` Most had failed with ${cause}` : "";
  return { state: "stopped", note: `Stopped by itself: ${what}, ${limit}.${most}` };
}

function knownOf({ items, outcomes }: Standing): Known {
  return {
    completed: outcomes["completed"] ?? 0,
    failedAgain: outcomes["failed_again"] ?? 0,
    unknown: outcomes["unknown"] ?? 0,
    sent: (items["retried"] ?? 0) + (items["moved"] ?? 0),
  };
}
