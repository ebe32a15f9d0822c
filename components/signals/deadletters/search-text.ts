/** A piece of a search as it was typed. What the search means is the server's to say; this only knows its words. */
export interface SearchToken {
  kind: "space" | "text" | "term";
  text: string;
  from: number;
  /** Of a term: the word before its colon, without a minus. */
  qualifier: string | null;
}

const PIECE = /\s+|(-?([a-z][\w.-]*):)?(?:"(?:[^"\\]|\\.)*"?|[^\s"])*/giy;

/** The text cut into words, quoted phrases, `qualifier:value` terms and the spaces between; joined they are the text again. */
export function searchTokens(text: string): SearchToken[] {
  const tokens: SearchToken[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const from = PIECE.lastIndex;
    const match = PIECE.exec(text);
    // Nothing of a piece matched: cannot happen for a character, but must not loop.
    if (!match || match[0] === "") break;
    const qualifier = match[2]?.toLowerCase() ?? null;
    const kind = qualifier ? "term" : match[0].trim() === "" ? "space" : "text";
    tokens.push({ kind, text: match[0], from, qualifier });
  }
  return tokens;
}

/** A value as it is written in a search. */
export const quoted = (value: string): string =>
  /[\s"]/.test(value) || value === "" ? JSON.stringify(value) : value;

/** The search with this term added, unless it has it. */
export function addTerm(q: string, qualifier: string, value: string): string {
  const term = `${qualifier}:${quoted(value)}`;
  if (searchTokens(q).some((token) => token.text === term)) return q;
  return `${q.trim()} ${term}`.trim();
}

/** The search with `qualifier` said once, as this value; null takes it out. */
export function withTerm(q: string, qualifier: string, value: string | null): string {
  const rest = searchTokens(q)
    .filter((token) => token.kind !== "space" && token.qualifier !== qualifier)
    .map((token) => token.text)
    .join(" ");
  return value === null ? rest : addTerm(rest, qualifier, value);
}

/** Whether the search says anything about this qualifier. */
export const hasTerm = (q: string, qualifier: string): boolean =>
  searchTokens(q).some((token) => token.qualifier === qualifier);
