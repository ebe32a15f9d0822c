import { replaceTokens, type Token, tokensOf } from "../tokens.ts";

/** Types we gave to parameters that the statement alone does not decide, by parameter number. */
export type Casts = ReadonlyMap<number, string>;

/** What the server says when it cannot tell a parameter's type. */
export interface TypeError {
  /** SQLSTATE. */
  code: string;
  message: string;
  /** One-based character in the statement, when the server names one. */
  position: number | null;
}

const numberOf = (token: Token): number => Number(token.text.slice(1));

/** Puts the casts on every use of their parameters. */
export function applyCasts(sql: string, casts: Casts): string {
  if (casts.size === 0) return sql;
  const cast = replaceTokens(sql, (token) => {
    const type = token.kind === "PARAM" ? casts.get(numberOf(token)) : undefined;
    return type === undefined ? token.text : `${token.text}::${type}`;
  });
  return cast ?? sql;
}

/** How many parameters a statement wants: the highest number in it. */
export function parameterCount(sql: string): number {
  const params = (tokensOf(sql) ?? []).filter((token) => token.kind === "PARAM");
  return Math.max(0, ...params.map(numberOf));
}

/**
 * The next thing to try after the server refused: the literals that stood here had types, the parameters have none.
 * Null when there is nothing better to guess.
 */
export function nextCasts(sql: string, casts: Casts, error: TypeError): Casts | null {
  const unknown = /parameter \$(\d+)/.exec(error.message);
  if (error.code === "42P18" && unknown) return extend(casts, [Number(unknown[1])], "text");
  const tokens = tokensOf(sql) ?? [];
  if (error.code === "42725") return extend(casts, ambiguousParams(sql, tokens, error), "int4");
  const wanted = wantedType(error.message);
  if (wanted === null) return null;
  const loose = bareParams(tokens).filter((param) => !casts.has(param));
  if (loose.length > 0) return extend(casts, loose, wanted);
  const asText = [...casts].filter(([, type]) => type === "text").map(([param]) => param);
  return wanted === "text" ? null : extend(casts, asText, wanted);
}

function extend(casts: Casts, params: readonly number[], type: string): Casts | null {
  const fresh = params.filter((param) => casts.get(param) !== type);
  return fresh.length === 0
    ? null
    : new Map([...casts, ...fresh.map((param) => [param, type] as const)]);
}

/** `operator does not exist: bigint = text` and its like: a parameter became text where this type was wanted. */
function wantedType(message: string): string | null {
  const operator = /operator does not exist: (.+?) [^\w\s]+ (.+)$/.exec(message);
  const union = /types (.+?) and (.+?) cannot be matched/.exec(message);
  const column = /is of type (.+?) but expression is of type (.+)$/.exec(message);
  const pair = operator ?? union ?? column;
  if (!pair) return null;
  const other = [pair[1]!, pair[2]!].find((type) => !/^(text|unknown)(\[\])?$/.test(type));
  const type = other ?? (pair[0].includes("unknown") ? "int4" : null);
  return type !== null && /^[\w ".]+(\[\])?$/.test(type) ? type.replace("[]", "") : null;
}

/** The parameters beside the operator, or inside the call, that the server found ambiguous. */
function ambiguousParams(sql: string, tokens: readonly Token[], error: TypeError): number[] {
  const at = tokenAt(sql, tokens, error.position);
  if (at === null) return [];
  const found =
    tokens[at + 1]?.text === "(" ? callArguments(tokens, at + 1) : [tokens[at - 1], tokens[at + 1]];
  return found.filter((token) => token?.kind === "PARAM").map((token) => numberOf(token!));
}

function callArguments(tokens: readonly Token[], open: number): Token[] {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]!.text === "(") depth += 1;
    if (tokens[at]!.text === ")") depth -= 1;
    if (depth === 0) return tokens.slice(open, at);
  }
  return tokens.slice(open);
}

function tokenAt(sql: string, tokens: readonly Token[], position: number | null): number | null {
  if (position === null) return null;
  let from = 0;
  for (const [index, token] of tokens.entries()) {
    const start = sql.indexOf(token.text, from);
    if (start + token.text.length >= position) return index;
    from = start + token.text.length;
  }
  return null;
}

/** Parameters that stand alone, as `select $1` or `values ($1, $2)`: nothing beside them tells their type. */
function bareParams(tokens: readonly Token[]): number[] {
  const before = new Set(["select", "(", ",", "[", "all", "distinct"]);
  const after = new Set(["from", ")", ",", "]", "as", "union", ""]);
  const bare = tokens.flatMap((token, at) => {
    const previous = tokens[at - 1]?.text.toLowerCase() ?? "";
    const next = tokens[at + 1]?.text.toLowerCase() ?? "";
    return token.kind === "PARAM" && before.has(previous) && after.has(next)
      ? [numberOf(token)]
      : [];
  });
  return [...new Set(bare)];
}
