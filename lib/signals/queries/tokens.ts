import { loadModule, type ScanToken, scanSync } from "libpg-query";

// PostgreSQL's own lexer: it knows what is inside quotes, dollar quotes and comments, also in text that does not parse.

/** Loads the parser; await it once before anything else here or in `text.ts`. */
export const parserReady = (): Promise<void> => loadModule();

export interface Token {
  text: string;
  /** IDENT, PARAM, SCONST, ICONST, FCONST, a comment, or the lexer's other names. */
  kind: string;
  /** Lower-case keyword, or "" when it is none. */
  keyword: string;
}

export const isComment = (token: Token): boolean =>
  token.kind === "C_COMMENT" || token.kind === "SQL_COMMENT";

/** PostgreSQL 18 writes a list of constants as its first one and this mark. */
export const isListMark = (token: Token): boolean => token.text === "/*, ... */";

/** String constants of every spelling: 'a', E'a', U&'a', B'1', X'f', $tag$a$tag$. */
export const isString = (token: Token): boolean =>
  token.kind === "SCONST" || /^([bnx]|u&)?'/i.test(token.text);

export const isNumber = (token: Token): boolean =>
  token.kind === "ICONST" || token.kind === "FCONST";

/** The tokens of a statement, or null when it ends inside a quote or comment. */
export function tokensOf(text: string): Token[] | null {
  return scan(text)?.map(toToken) ?? null;
}

/** The text with tokens replaced; what stands between them stays. Null when it cannot be cut into tokens. */
export function replaceTokens(
  text: string,
  replace: (token: Token, index: number, all: readonly Token[]) => string,
): string | null {
  const scanned = scan(text);
  if (!scanned) return null;
  const tokens = scanned.map(toToken);
  // The lexer counts bytes, JavaScript does not.
  const bytes = Buffer.from(text);
  let done = 0;
  let result = "";
  for (const [index, { start, end }] of scanned.entries()) {
    result += bytes.toString("utf8", done, start) + replace(tokens[index]!, index, tokens);
    done = end;
  }
  return result + bytes.toString("utf8", done);
}

function scan(text: string): ScanToken[] | null {
  try {
    return scanSync(text).tokens;
  } catch {
    return null;
  }
}

function toToken({ text, tokenName, keywordName }: ScanToken): Token {
  return {
    text,
    kind: tokenName,
    keyword: keywordName === "NO_KEYWORD" ? "" : text.toLowerCase(),
  };
}
