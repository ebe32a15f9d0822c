import { fingerprintSync, normalizeSync, parseSync } from "libpg-query";
import { redactText } from "#lib/core/redact.ts";
import { STATEMENT_TAG } from "#lib/sources/postgres/session.ts";
import { isComment, isListMark, isNumber, isString, replaceTokens } from "./tokens.ts";

const MASK = "'•••'";
/** Longer numbers may be card or account numbers; shorter ones are sizes and positions. */
const HARMLESS_DIGITS = 5;

export interface StatementFacts {
  /** Without literals and comments; this is all that is ever stored of a statement. */
  text: string;
  /** SELECT, INSERT, UPDATE, DELETE, MERGE, or UTILITY for anything that has no plan. */
  kind: string;
  fingerprint: string | null;
  /** Sent by Plumbline itself. */
  own: boolean;
}

const KINDS: Record<string, string> = {
  SelectStmt: "SELECT",
  InsertStmt: "INSERT",
  UpdateStmt: "UPDATE",
  DeleteStmt: "DELETE",
  MergeStmt: "MERGE",
};

/**
 * What may be known and kept of a text from pg_stat_statements. The server has replaced most literals, but not those of
 * utility statements and comments, nor of statements whose entry was evicted while they ran.
 */
export function describe(raw: string): StatementFacts {
  const own = raw.includes(STATEMENT_TAG);
  const kind = kindOf(raw);
  const normal = kind === null ? null : attempt(() => normalizeSync(raw));
  const fingerprint = kind === null ? null : attempt(() => fingerprintSync(raw));
  if (normal === null || kind === null)
    return { text: maskUnparsed(raw), kind: firstWord(raw), fingerprint, own };
  return {
    text: tidy(kind === "UTILITY" ? redactText(maskLiterals(normal)) : maskLiterals(normal)),
    kind,
    fingerprint,
    own,
  };
}

/** Null when the text is not exactly one statement of PostgreSQL's grammar. */
export function kindOf(text: string): string | null {
  const statements = attempt(() => parseSync(text).stmts);
  const only = statements?.length === 1 ? statements[0]?.stmt : undefined;
  if (!only) return null;
  return KINDS[Object.keys(only)[0] ?? ""] ?? "UTILITY";
}

/** Strings, long numbers and comments go; names, parameters and short numbers stay. Works on parts of statements too. */
export function maskLiterals(text: string): string {
  const masked = replaceTokens(text, (token) => {
    if (isListMark(token)) return token.text;
    if (isComment(token)) return " ";
    if (isString(token)) return MASK;
    return isNumber(token) && token.text.length > HARMLESS_DIGITS ? MASK : token.text;
  });
  return masked ?? maskUnparsed(text);
}

/** For text that ends in the middle of something: whatever stands in or after a quote goes. */
function maskUnparsed(text: string): string {
  const scanned = replaceTokens(text, (token) =>
    isComment(token) && !isListMark(token) ? " " : token.text,
  );
  const open = (scanned ?? text)
    .replaceAll(/\/\*(?!, \.\.\. \*\/)[\s\S]*?(\*\/|$)/g, " ")
    .replaceAll(/--[^\n]*/g, " ")
    .replaceAll(/\$(\w*)\$[\s\S]*?(\$\1\$|$)/g, MASK)
    .replaceAll(/'(?:[^']|'')*('|$)/g, MASK)
    .replaceAll(/(?<![\w$])\d[\d.]{5,}/g, MASK);
  return tidy(redactText(open));
}

const tidy = (text: string): string =>
  text
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{2,}/g, "\n")
    .replace(/[\s;]+$/, "")
    .trimStart();

function firstWord(text: string): string {
  const word = /^[\s(]*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? "";
  if (word === "WITH" || word === "VALUES" || word === "TABLE") return "SELECT";
  return Object.values(KINDS).includes(word) ? word : "UTILITY";
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
