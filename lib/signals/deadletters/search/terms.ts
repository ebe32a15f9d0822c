import type { LetterState, ReasonClass } from "../states.ts";

/** Where a term stands in what was typed: from the first character to behind the last. */
interface Place {
  from: number;
  to: number;
  negated: boolean;
}

/** What one term of a search asks for. In the value of a `pattern`, `*` stands for any text. */
export type Wanted =
  | { is: "text"; text: string }
  | { is: NameField; value: string; pattern: boolean }
  | { is: "job"; value: string }
  | { is: "group"; id: string }
  | { is: "state"; state: LetterState | "any" }
  | { is: "reason"; reason: ReasonClass }
  | { is: "flag"; flag: Flag }
  | { is: "attempts"; min: number | null; max: number | null }
  /** From `since` on, and before `until`. */
  | { is: "failed"; since: Moment | null; until: Moment | null }
  | { is: "data"; path: string | null; value: string };

export type Term = Place & Wanted;

export const NAME_FIELDS = ["queue", "name", "error", "worker"] as const;
export type NameField = (typeof NAME_FIELDS)[number];

export const FLAGS = ["poison", "edited", "refailed"] as const;
export type Flag = (typeof FLAGS)[number];

/** A time, or a span back from the moment of the search. */
export type Moment = { at: string } | { agoMs: number };

/** What is wrong with a part of a search, in one sentence; the rest still works. */
export interface Complaint {
  from: number;
  to: number;
  message: string;
}

export interface Query {
  terms: Term[];
  complaints: Complaint[];
}
