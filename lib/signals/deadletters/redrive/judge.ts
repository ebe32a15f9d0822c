/** What is known of a redrive's letters so far. */
export interface Known {
  completed: number;
  failedAgain: number;
  /** Outcomes that nobody could find out. */
  unknown: number;
  /** Retried or moved. */
  sent: number;
}

export type Verdict = "wait" | "go on" | "stop" | "cannot tell";

/** Fewer tell nothing about the rest. */
const MIN_WINDOW = 20;
/** The newest outcomes that the running rule looks at. */
export const WINDOW = 100;

/** Whether the first letters did well enough for the rest to follow: as soon as it is certain, either way. */
export function judgeCanary(known: Known, stopRatio: number, allSent: boolean): Verdict {
  const { completed, failedAgain, unknown, sent } = known;
  const open = sent - completed - failedAgain - unknown;
  const atMost = completed + failedAgain + open;
  if (allSent && atMost > 0 && failedAgain > stopRatio * atMost) return "stop";
  if (!allSent || open > 0) return "wait";
  return unknown > completed + failedAgain ? "cannot tell" : "go on";
}

/** Whether too many of the newest known outcomes are failures. */
export function tooManyFail(
  newest: readonly { failedAgain: boolean }[],
  stopRatio: number,
): boolean {
  if (newest.length < MIN_WINDOW) return false;
  return newest.filter(({ failedAgain }) => failedAgain).length > stopRatio * newest.length;
}
