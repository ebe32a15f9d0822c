import { isComment, isListMark, replaceTokens, type Token } from "../tokens.ts";

/** How many elements we assume in a list that PostgreSQL 18 has cut to its first one. */
export const ASSUMED_LIST_LENGTH = 10;

/** Words that may be the last one of a type before its constant: `interval $1`, `double precision $1`. */
const TYPE_WORDS = new Set(
  "interval timestamp time int integer bigint smallint numeric decimal dec real float boolean bit varbit char character varchar nchar precision varying json".split(
    " ",
  ),
);
/** Words that only continue a type: `timestamp with time zone`, `double precision`, `character varying`. */
const TYPE_PREFIXES = ["double precision", "character varying", "char varying", "bit varying"];

export interface Rewritten {
  sql: string;
  /** Lists were expanded to this many elements; 0 when there were none. */
  assumedListLength: number;
}

/**
 * Turns a text of pg_stat_statements back into something a server can plan. A parameter stands where the grammar wants a
 * constant in `interval $1` and `extract($1 from x)`, and lists have lost their elements. Null when it cannot be read.
 */
export function rewriteForPlanning(text: string): Rewritten | null {
  let lists = 0;
  const typed = replaceTokens(text, (token, at, all) => {
    if (isListMark(token)) {
      lists += 1;
      return listTail(all, at);
    }
    return isComment(token) ? " " : token.text;
  });
  const constants = typed === null ? null : castTypedConstants(typed);
  const sql = constants === null ? null : plainExtract(constants);
  return sql === null ? null : { sql, assumedListLength: lists > 0 ? ASSUMED_LIST_LENGTH : 0 };
}

/** The same parameter again and again: estimates count the elements, they do not compare them. */
function listTail(all: readonly Token[], at: number): string {
  const element = all.slice(0, at).findLast((token) => token.kind === "PARAM");
  return element ? `, ${element.text}`.repeat(ASSUMED_LIST_LENGTH - 1) : " ";
}

/** `interval(3) $1` → `$1::interval(3)`. */
function castTypedConstants(text: string): string | null {
  const moved = new Map<number, string>();
  const dropped = new Set<number>();
  return replaceTokens(text, (token, at, all) => {
    if (at === 0) findTypedConstants(all, moved, dropped);
    if (dropped.has(at)) return " ";
    const type = moved.get(at);
    return type === undefined ? token.text : `${token.text}::${type}`;
  });
}

function findTypedConstants(
  all: readonly Token[],
  moved: Map<number, string>,
  dropped: Set<number>,
): void {
  for (const [at, token] of all.entries()) {
    if (token.kind !== "PARAM") continue;
    const start = typeBefore(all, at);
    if (start === null) continue;
    const words = all.slice(start, at).map((each) => each.text);
    moved.set(
      at,
      words
        .join(" ")
        .replaceAll(/ ?([.()]) ?/g, "$1")
        .replaceAll(")with", ") with"),
    );
    for (let each = start; each < at; each++) dropped.add(each);
  }
}

/** Where the type name starts that ends right before token `at`; null when none does. */
function typeBefore(all: readonly Token[], at: number): number | null {
  let end = at - 1;
  const word = (index: number): string => all[index]?.text.toLowerCase() ?? "";
  if (word(end) === "zone" && word(end - 1) === "time" && /^with(out)?$/.test(word(end - 2)))
    end -= 3;
  if (word(end) === ")" && word(end - 2) === "(") end -= 3;
  const last = all[end];
  if (!last) return null;
  if (TYPE_PREFIXES.includes(`${word(end - 1)} ${word(end)}`)) return end - 1;
  if (last.kind !== "IDENT") return TYPE_WORDS.has(word(end)) ? end : null;
  return word(end - 1) === "." && all[end - 2]?.kind === "IDENT" ? end - 2 : end;
}

/** `extract($1 from x)` → `pg_catalog."extract"($1, x)`, the function behind it. */
function plainExtract(text: string): string | null {
  const commas = new Set<number>();
  return replaceTokens(text, (token, at, all) => {
    if (commas.has(at)) return ",";
    const [open, field, from] = all.slice(at + 1, at + 4);
    const matches =
      token.keyword === "extract" &&
      open?.text === "(" &&
      field?.kind === "PARAM" &&
      from?.keyword === "from";
    if (!matches) return token.text;
    commas.add(at + 3);
    return 'pg_catalog."extract"';
  });
}
