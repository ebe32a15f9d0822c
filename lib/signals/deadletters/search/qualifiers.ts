import { LETTER_STATES, REASON_CLASSES } from "../states.ts";
import { FLAGS } from "./terms.ts";

export interface Suggestion {
  /** What stands in the search afterwards. */
  text: string;
  hint?: string;
  /** Dead letters behind it, where counters tell them. */
  count?: number;
}

export const QUALIFIERS: readonly Suggestion[] = [
  { text: "queue:", hint: "name, prefix:name or id; * stands for anything" },
  { text: "name:", hint: "the job's name" },
  { text: "error:", hint: "error class, such as TypeError" },
  { text: "group:", hint: "failures with the same cause" },
  { text: "state:", hint: "dead when not given" },
  { text: "reason:", hint: "timeout, network …" },
  { text: "attempts:", hint: ">3, 2..5" },
  { text: "failed:", hint: "<2h younger, >1d older, 2026-11-23" },
  { text: "is:", hint: FLAGS.join(", ") },
  { text: "job:", hint: "the job's id" },
  { text: "worker:", hint: "who failed it last" },
  { text: "data.", hint: "a value in the payload: data.user.id:42" },
];

const HINTS: Readonly<Record<string, string>> = {
  any: "whatever became of it",
  lost: "the queue threw the payload away",
  gone: "not in its queue any more",
  superseded: "something else acted on it",
  unknown: "outcome of the retry not known",
  poison: "seems to kill its workers, or keeps failing in the same way when retried",
  edited: "its payload was changed",
  refailed: "failed again after a retry by hand",
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  state: ["any", ...LETTER_STATES],
  reason: REASON_CLASSES,
  is: FLAGS,
  attempts: ["1", ">1", ">3", ">=10"],
  failed: ["<15m", "<1h", "<24h", "<7d", ">7d"],
};

/** The values of a qualifier that has only a few, or examples of them. */
export function fixedValues(field: string): Suggestion[] {
  const values = Object.hasOwn(VALUES, field) ? (VALUES[field] ?? []) : [];
  return values.map((value) => {
    const hint = HINTS[value];
    return { text: `${field}:${value}`, ...(hint !== undefined && { hint }) };
  });
}
