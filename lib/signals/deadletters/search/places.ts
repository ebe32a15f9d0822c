import type { SoughtText } from "./meaning.ts";

/** Rows that settle a text: what belongs to one of `whole` matches; of `partly`, what has the text's values itself. */
export interface Places {
  whole: number[];
  partly: number[];
}

/** For each text two conditions: a row holds it as it is, or as it would be with other values in it. */
export const textTests = (
  texts: readonly SoughtText[],
  holds: (text: string, negated: boolean) => string,
): string[] =>
  texts.flatMap(({ literal, template, negated }) => [
    holds(literal, negated),
    template === null ? "false" : holds(template, negated),
  ]);

/** A row's answers to the tests of all texts. */
export interface Placing {
  id: number;
  found: readonly boolean[];
}

/** Where the text at this place of the list stands. */
export const placesOf = (rows: readonly Placing[], at: number): Places => ({
  whole: rows.filter(({ found }) => found[at * 2]).map(({ id }) => id),
  partly: rows.filter(({ found }) => !found[at * 2] && found[at * 2 + 1]).map(({ id }) => id),
});
