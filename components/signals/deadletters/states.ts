import type { Tone } from "#components/ui/tone.ts";
import type { LetterState, Outcome, RedriveState } from "#lib/signals/deadletters/client.ts";
import type { Guard } from "#lib/signals/deadletters/schema.ts";

interface StateWords {
  label: string;
  tone: Tone;
  /** What it means and what to do next, in plain words. */
  about: string;
}

export const LETTER_STATES: Record<LetterState, StateWords> = {
  dead: {
    label: "Dead",
    tone: "crit",
    about: "The job is out of attempts and stays failed until somebody acts.",
  },
  claimed: {
    label: "In progress",
    tone: "accent",
    about: "A retry or move of it is under way. Its outcome shows up here.",
  },
  retried: {
    label: "Retried",
    tone: "ok",
    about: "The job went back in line. Should it fail again, there is a newer dead letter.",
  },
  moved: {
    label: "Moved",
    tone: "ok",
    about: "A copy of the job was put into another queue. Look for it there.",
  },
  discarded: {
    label: "Discarded",
    tone: "neutral",
    about: "Somebody decided that it needs nothing. Restore it if that was wrong.",
  },
  superseded: {
    label: "Superseded",
    tone: "neutral",
    about:
      "Something outside Plumbline acted on the job after this failure, so nothing is retried from here. Open the job to see how it stands now.",
  },
  gone: {
    label: "Gone",
    tone: "warn",
    about:
      "The job is no longer in its queue: it was removed or cleaned there. Its payload is kept here; move a copy into a queue if it still has to run.",
  },
  unknown: {
    label: "Outcome unknown",
    tone: "warn",
    about:
      "Whether the last retry took effect could not be found out, and it is not repeated by itself. Open the job, then restore or discard this letter.",
  },
  lost: {
    label: "Lost",
    tone: "unknown",
    about:
      "The queue threw the payload away when the job failed, so nothing is left to retry. Set removeOnFail: false on the queue to keep the next ones.",
  },
};

export const OUTCOMES: Record<Outcome, StateWords> = {
  completed: { label: "completed", tone: "ok", about: "The retried job completed." },
  failed_again: { label: "failed again", tone: "crit", about: "The retried job failed again." },
  unknown: {
    label: "outcome unknown",
    tone: "unknown",
    about: "What became of the retried job could not be seen.",
  },
};

export const REDRIVE_STATES: Record<RedriveState, StateWords> = {
  running: { label: "Running", tone: "accent", about: "Letters are sent at the asked rate." },
  canary: {
    label: "Canary",
    tone: "accent",
    about: "The first few are sent; the rest waits for what becomes of them.",
  },
  paused: { label: "Paused", tone: "warn", about: "Somebody paused it. Nothing is sent." },
  held: { label: "Held", tone: "warn", about: "It waits for something and goes on by itself." },
  completed: { label: "Completed", tone: "ok", about: "Every letter was dealt with." },
  stopped: {
    label: "Stopped",
    tone: "crit",
    about: "It stopped by itself: too many failed again. What was not sent stays dead.",
  },
  cancelled: {
    label: "Cancelled",
    tone: "neutral",
    about: "Somebody cancelled it. What was not sent stays dead.",
  },
};

/** States in which a redrive still holds its queue. */
export const isActive = (state: RedriveState): boolean =>
  state === "running" || state === "canary" || state === "paused" || state === "held";

/** What a redrive should know of its breaker beforehand; null when all is well. */
export function breakerWarning({ name, state }: Guard): string | null {
  if (state === "unknown")
    return `Breaker ${name} is not known, or nobody saw it lately: it holds nothing.`;
  return state === "open" ? `Breaker ${name} is open: a redrive waits until it closes.` : null;
}
