import { parseQuery, type Wanted, writeTerm } from "#lib/signals/deadletters/search/grammar.ts";

type Field = Wanted["is"];

/** A piece of a search as it was typed; joined they are the text again. */
export interface SearchPiece {
  from: number;
  text: string;
  /** Understood as more than a word to look for. */
  marked: boolean;
}

/** The text cut at the edges of its terms. */
export function searchPieces(text: string): SearchPiece[] {
  const pieces: SearchPiece[] = [];
  let at = 0;
  const upTo = (end: number, marked: boolean) => {
    if (end > at) pieces.push({ from: at, text: text.slice(at, end), marked });
    at = Math.max(at, end);
  };
  for (const term of parseQuery(text).terms) {
    upTo(term.from, false);
    upTo(term.to, term.is !== "text" || term.negated);
  }
  upTo(text.length, false);
  return pieces;
}

/** Whether the search says anything about this field. */
export const hasTerm = (q: string, field: Field): boolean =>
  parseQuery(q).terms.some((term) => term.is === field);

/** The search without what it says about a field; the rest stays as it was typed. */
export function withoutTerm(q: string, field: Field): string {
  const cut = parseQuery(q).terms.filter((term) => term.is === field);
  return cut.reduceRight(
    (text, { from, to }) => `${text.slice(0, from).trimEnd()} ${text.slice(to).trimStart()}`.trim(),
    q,
  );
}

/** The search narrowed by this, whatever it said about the same field before. */
export function withTerm(q: string, wanted: Wanted): string {
  const term = writeTerm({ ...wanted, negated: false });
  return `${withoutTerm(q, wanted.is).trim()} ${term}`.trim();
}
