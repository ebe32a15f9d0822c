import type { OpenSource } from "#lib/sources/define.ts";
import { kindOf } from "../text.ts";
import {
  type Attempt,
  explain,
  type Explained,
  faultPosition,
  NOT_ALLOWED,
  type Refused,
} from "./explain.ts";
import { type PlanReason, planReason } from "./reasons.ts";
import { rewriteForPlanning } from "./rewrite.ts";
import { searchPart, unqualifiedRelations, withoutLocking } from "./search.ts";
import { everyNode, planHash, type PlanJson, withoutLiterals } from "./tree.ts";
import { applyCasts, nextCasts } from "./types.ts";

type Connection = OpenSource<"postgres">["conn"];

/** What one should know about how a plan came about. */
export interface PlanNotes
  extends
    Pick<Attempt, "part" | "searchPath" | "pruning">,
    Pick<Explained, "settings" | "relations"> {
  /** Lists had been cut by the server; this many elements were assumed. 0 = none. */
  assumedListLength: number;
}

export interface FoundPlan {
  ok: true;
  hash: string;
  tree: PlanJson;
  cost: number;
  notes: PlanNotes;
}
export interface NoPlan {
  ok: false;
  reason: PlanReason;
}

const PLANNABLE = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"]);
/** Each guess costs the server one refused PREPARE; real statements need none to three. */
const MAX_GUESSES = 12;

/**
 * The generic plan of a statement from pg_stat_statements, whose constants are parameters now; or why there is none.
 * Only a single SELECT, INSERT, UPDATE, DELETE or MERGE is sent. Throws `SourceError` when the connection fails.
 */
export async function planStatement(conn: Connection, text: string): Promise<FoundPlan | NoPlan> {
  const rewritten = rewriteForPlanning(text);
  if (!rewritten) return { ok: false, reason: "truncated" };
  const kind = kindOf(rewritten.sql);
  if (kind === null) return { ok: false, reason: "syntax" };
  if (!PLANNABLE.has(kind)) return { ok: false, reason: "not_explainable" };
  const sql = kind === "SELECT" ? withoutLocking(rewritten.sql) : rewritten.sql;
  let attempt: Attempt = {
    sql,
    part: sql === rewritten.sql ? "whole" : "search",
    casts: new Map(),
    searchPath: [],
    pruning: true,
  };
  for (let guesses = 0; ; guesses++) {
    const answer = await explain(conn, attempt);
    const next =
      "explained" in answer
        ? unpruned(attempt, answer.explained)
        : await improve(conn, attempt, answer.refused);
    if (typeof next === "string") return { ok: false, reason: next };
    if (next !== null && guesses < MAX_GUESSES) attempt = next;
    else if ("explained" in answer)
      return toPlan(answer.explained, attempt, rewritten.assumedListLength);
    else return { ok: false, reason: reasonFor(attempt, answer.refused) };
  }
}

/** Our NULLs match no partition: where the server left some out for that, all of them must be shown. */
function unpruned(attempt: Attempt, { root }: Explained): Attempt | null {
  const removed = everyNode(root).some((node) => Number(node["Subplans Removed"] ?? 0) > 0);
  return removed && attempt.pruning ? { ...attempt, pruning: false } : null;
}

/** A better attempt, the reason why there is none, or null when the refusal stands as it is. */
async function improve(
  conn: Connection,
  attempt: Attempt,
  { code, error }: Refused,
): Promise<Attempt | PlanReason | null> {
  if (code === NOT_ALLOWED && attempt.part === "whole") {
    const sql = searchPart(attempt.sql);
    if (sql !== null) return { ...attempt, sql, part: "search", casts: new Map() };
    return /^\s*insert\b/i.test(attempt.sql) ? "insert_only" : null;
  }
  if (code === "42P01" && attempt.searchPath.length === 0) return withSearchPath(conn, attempt);
  const sent = applyCasts(attempt.sql, attempt.casts);
  const { message } = error as Error;
  const casts = nextCasts(sent, attempt.casts, { code, message, position: faultPosition(error) });
  return casts === null ? null : { ...attempt, casts };
}

/** The application's search path is not ours: look where tables of these names are. */
async function withSearchPath(conn: Connection, attempt: Attempt): Promise<Attempt | PlanReason> {
  const names = unqualifiedRelations(attempt.sql);
  const rows = await conn.query<{ name: string; schema: string }>(
    `select c.relname::text as name, n.nspname::text as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
    [names],
    { lane: "interactive" },
  );
  const byName = Map.groupBy(rows, (row) => row.name);
  if (byName.size < names.length) return "missing_relation";
  const schemas = [...new Set(rows.map((row) => row.schema))];
  const holdsAll = (schema: string): boolean =>
    names.every((name) => byName.get(name)?.some((row) => row.schema === schema));
  // One schema that has them all is the answer, also when others have some of them.
  const complete = schemas.filter(holdsAll);
  if (complete.length === 1) return { ...attempt, searchPath: complete };
  const ambiguous = [...byName.values()].some((found) => found.length > 1);
  return ambiguous ? "search_path" : { ...attempt, searchPath: schemas };
}

function reasonFor(attempt: Attempt, { error }: Refused): PlanReason {
  const reason = planReason(error) ?? "failed";
  // A function or operator that our own cast broke is still the parameters' fault.
  return reason === "missing_object" && attempt.casts.size > 0 ? "undetermined_type" : reason;
}

function toPlan(
  { root, settings, relations }: Explained,
  attempt: Attempt,
  assumedListLength: number,
): FoundPlan {
  const { part, searchPath, pruning } = attempt;
  return {
    ok: true,
    hash: planHash(root),
    tree: withoutLiterals(root),
    cost: Number(root["Total Cost"] ?? 0),
    notes: { part, searchPath, pruning, settings, relations, assumedListLength },
  };
}
