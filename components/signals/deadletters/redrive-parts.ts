import type { Tone } from "#components/ui/tone.ts";
import type { Redrive } from "#lib/signals/deadletters/client.ts";

type Item = keyof Redrive["items"];

export interface RedrivePart {
  id: Item;
  label: string;
  about: string;
  tone: Tone;
  count: number;
}

/** The parts of a redrive in the order of its bar: what was sent, what was not sent and why, what is still to come. */
const PARTS: readonly Omit<RedrivePart, "count">[] = [
  { id: "retried", label: "retried", tone: "ok", about: "Back in line in their own queue." },
  { id: "moved", label: "moved", tone: "ok", about: "A copy is in the other queue." },
  {
    id: "superseded",
    label: "superseded",
    tone: "neutral",
    about: "Something else acted on the job first; left alone.",
  },
  { id: "gone", label: "gone", tone: "neutral", about: "Not in the queue any more." },
  {
    id: "skipped",
    label: "skipped",
    tone: "neutral",
    about:
      "Left alone: retried or discarded by somebody before its turn, changed in its queue, or a child of a flow that was to be moved.",
  },
  {
    id: "unknown",
    label: "outcome unknown",
    tone: "warn",
    about: "Whether it was sent could not be found out; it is not sent again.",
  },
  { id: "claimed", label: "being sent", tone: "accent", about: "Under way right now." },
  { id: "pending", label: "to come", tone: "unknown", about: "Not touched yet." },
];

export const partsOf = ({ items }: Redrive): RedrivePart[] =>
  PARTS.map((part) => ({ ...part, count: items[part.id] }));

/** Letters that were dealt with, one way or another. */
export const sentOf = ({ items, total }: Redrive): number => total - items.pending - items.claimed;

export const isDone = (redrive: Redrive): boolean => sentOf(redrive) >= redrive.total;

/** Of those whose outcome is known, the share that failed again; null before there is one. */
export function failedAgainShare({ outcomes }: Redrive): number | null {
  const known = outcomes.completed + outcomes.failedAgain;
  return known === 0 ? null : outcomes.failedAgain / known;
}
