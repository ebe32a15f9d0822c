import { parseSync } from "libpg-query";
import { replaceTokens, type Token, tokensOf } from "../tokens.ts";

/** A table that a statement changes, and the right that needs. */
export interface ChangedTable {
  /** Quoted, with its schema when the statement names it. */
  name: string;
  privilege: "INSERT" | "UPDATE" | "DELETE";
}

type Node = { [key: string]: unknown };

const PRIVILEGES = {
  InsertStmt: "INSERT",
  UpdateStmt: "UPDATE",
  DeleteStmt: "DELETE",
  MergeStmt: "UPDATE",
} as const;

/** Every table the statement changes, also in its CTEs. */
export function changedTables(sql: string): ChangedTable[] {
  const found: ChangedTable[] = [];
  walk(parseSync(sql).stmts, (node) => {
    for (const [type, privilege] of Object.entries(PRIVILEGES)) {
      const relation = (node[type] as Node | undefined)?.["relation"] as Node | undefined;
      if (relation) found.push({ name: quotedName(relation), privilege });
    }
  });
  return found;
}

const quote = (name: unknown): string => `"${String(name).replaceAll('"', '""')}"`;
const quotedName = ({ schemaname, relname }: Node): string =>
  [schemaname, relname].filter(Boolean).map(quote).join(".");

/** Tables and views the statement names without a schema, CTEs left out. */
export function unqualifiedRelations(sql: string): string[] {
  const names = new Set<string>();
  const ctes = new Set<unknown>();
  walk(parseSync(sql).stmts, (node) => {
    if (node["ctename"]) ctes.add(node["ctename"]);
    if (typeof node["relname"] === "string" && !node["schemaname"]) names.add(node["relname"]);
  });
  return [...names].filter((name) => !ctes.has(name));
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) return value.forEach((each) => walk(each, visit));
  if (value === null || typeof value !== "object") return;
  visit(value as Node);
  for (const member of Object.values(value)) walk(member, visit);
}

/**
 * The part of an UPDATE, DELETE or INSERT … SELECT that finds rows, as a SELECT: its plan is what makes such a statement
 * slow, and a read-only role may ask for it. All columns, as the change needs whole rows. Null when there is no such part.
 */
export function searchPart(changing: string): string | null {
  const sql = withoutLocking(changing);
  const tokens = tokensOf(sql);
  if (!tokens) return null;
  const outer = outerKeywords(tokens);
  const verb = outer.find(({ word }) => /^(insert|update|delete|merge|select)$/.test(word));
  if (!verb) return null;
  const after = (...words: string[]): number | undefined =>
    outer.find(({ word, at }) => at > verb.at && words.includes(word))?.at;
  const ctes = slice(sql, 0, verb.at);
  const end = after("returning") ?? tokens.length;
  const where = after("where") ?? end;
  if (verb.word === "insert") {
    const select = after("select");
    return select === undefined ? null : renumber(ctes + slice(sql, select, after("on") ?? end));
  }
  const spans = {
    update: { table: [verb.at + 1, after("set")], others: after("from") },
    delete: { table: [verb.at + 2, after("using") ?? where], others: after("using") },
  }[verb.word];
  if (!spans) return null;
  const table = slice(sql, spans.table[0]!, spans.table[1] ?? where);
  const others = spans.others === undefined ? "" : `, ${slice(sql, spans.others + 1, where)}`;
  return renumber(`${ctes} SELECT * FROM ${table}${others} ${slice(sql, where, end)}`);
}

const LOCK_WORDS = new Set(["update", "share", "no", "key", "of", "nowait", "skip", "locked"]);

/** Without FOR UPDATE, FOR SHARE and their like, at any depth: they do not change how rows are found, but need more rights. */
export function withoutLocking(sql: string): string {
  let inLock = false;
  let named = false;
  const unlocked = replaceTokens(sql, (token, at, all) => {
    const starts = token.keyword === "for" && LOCK_WORDS.has(all[at + 1]?.keyword ?? "");
    // Table names follow OF only.
    named =
      inLock &&
      (token.keyword === "of" ||
        (named &&
          /^[\w".,]+$/.test(token.text) &&
          !LOCK_WORDS.has(token.keyword) &&
          token.keyword !== "limit"));
    inLock = starts || (inLock && (named || LOCK_WORDS.has(token.keyword)));
    return inLock ? "" : token.text;
  });
  return unlocked ?? sql;
}

function outerKeywords(tokens: readonly Token[]): { word: string; at: number }[] {
  let depth = 0;
  return tokens.flatMap((token, at) => {
    if (token.text === "(" || token.text === "[") depth += 1;
    if (token.text === ")" || token.text === "]") depth -= 1;
    return depth === 0 && token.keyword !== "" ? [{ word: token.keyword, at }] : [];
  });
}

/** The text of tokens `from` up to `to`. */
function slice(sql: string, from: number, to: number): string {
  let text = "";
  replaceTokens(sql, (token, at) => {
    if (at >= from && at < to) text += `${token.text} `;
    return "";
  });
  return text;
}

/** Parameters from $1 on without gaps: the server wants a type for each number up to the highest. */
function renumber(sql: string): string {
  const numbers = new Map<string, number>();
  const renumbered = replaceTokens(sql, (token) => {
    if (token.kind !== "PARAM") return token.text;
    if (!numbers.has(token.text)) numbers.set(token.text, numbers.size + 1);
    return `$${numbers.get(token.text)}`;
  });
  return renumbered ?? sql;
}
