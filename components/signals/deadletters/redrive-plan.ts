import { plural } from "#components/data/format.ts";
import type { Selection } from "#lib/signals/deadletters/schema.ts";

/** What somebody has chosen in the form. A number is NaN while its field is empty. */
export interface RedrivePlan {
  name: string;
  /** Letters per second in each queue. */
  rate: number;
  canary: number;
  stopPercent: number;
  resetAttempts: boolean;
  /** Key of another queue; empty = each its own. */
  target: string;
}

/** The rest of a name, of 120 characters at most, is the place and the day. */
const MAX_ERROR = 60;
const MIN_NAME = 3;

/** A name after the incident: its dominant error and the day. */
export function incidentName({ groups, queues }: Selection, now: Date): string {
  const [worst] = groups.toSorted((a, b) => b.count - a.count);
  const where = queues.length === 1 ? queues[0]!.queue.name : plural(queues.length, "queue");
  const what = worst ? `${worst.errorClass}: ${worst.message}`.replaceAll(/\s+/g, " ") : "Redrive";
  const short = what.length > MAX_ERROR ? `${what.slice(0, MAX_ERROR - 1)}…` : what;
  return `${short} · ${where.slice(0, 40)} · ${now.toISOString().slice(0, 10)}`;
}

/** Why it cannot be started like this; null when it can. */
export function planProblem(plan: RedrivePlan, selection: Selection): string | null {
  const { queues, total, tooMany, complaints } = selection;
  const blocked = queues.filter(({ blockedBecause }) => blockedBecause !== null);
  if (tooMany) return "That is more than one redrive takes. Narrow the search.";
  if (complaints.length > 0)
    return "A part of the search was not understood, so it covers more than you may think. Correct it first.";
  if (blocked.length > 0)
    return queues.length === 1
      ? blocked[0]!.blockedBecause
      : `${plural(blocked.length, "queue")} cannot be redriven now: ${blocked.map(({ queue }) => queue.name).join(", ")}. Leave them out of the search.`;
  if (total === 0) return "The search finds nothing.";
  if (plan.name.trim().length < MIN_NAME) return "Give it a name.";
  if (!inRange(plan.rate, 1, 2_000)) return "Choose 1 to 2,000 letters per second.";
  if (!inRange(plan.canary, 0, 100)) return "Choose a canary of 0 to 100 letters.";
  if (!inRange(plan.stopPercent, 0, 100)) return "Choose a stop line of 0 to 100 %.";
  return null;
}

const inRange = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

/** Seconds until the last letter is sent at this rate; queues run beside each other. Waiting for the canary comes on top. */
export function secondsToSend({ queues }: Selection, rate: number): number | null {
  if (!(rate > 0)) return null;
  return Math.max(0, ...queues.map(({ count }) => count / rate));
}
