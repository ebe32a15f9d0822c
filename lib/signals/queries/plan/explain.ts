import { isSourceError, errorCode } from "#lib/sources/errors.ts";
import type { Json } from "#lib/core/json.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import type { RunStatement } from "#lib/sources/postgres/connect.ts";
import { planReason } from "./reasons.ts";
import { changedTables } from "./search.ts";
import { type PlanJson, relationsOf } from "./tree.ts";
import { applyCasts, type Casts, parameterCount } from "./types.ts";

/** One way to ask for a plan. */
export interface Attempt {
  sql: string;
  /** `search`: only the part that finds the rows is planned, because the rest needs the right to change the table. */
  part: "whole" | "search";
  casts: Casts;
  /** Schemas to look in; empty = the role's own. */
  searchPath: string[];
  /** False shows every partition instead of those that match a value we do not have. */
  pruning: boolean;
}

export interface Explained {
  root: PlanJson;
  /** Planner settings that are not the default. */
  settings: Record<string, string>;
  /** Sizes as the planner sees them: what a plan costs only makes sense beside them. */
  relations: { schema: string; name: string; rows: number | null; bytes: number | null }[];
}

/** The server's own error: its message may hold data and must not be stored or shown. */
export interface Refused {
  code: string;
  error: unknown;
}

export const NOT_ALLOWED = "42501";
const STATEMENT_TIMEOUT = "2s";
const LOCK_TIMEOUT = "100ms";
const PREPARE = "prepare plumbline_plan as ";

/**
 * Prepares the statement and asks for its generic plan; it is never run. One statement at a time through the extended
 * protocol, in a read-only transaction that is rolled back. EXPLAIN (GENERIC_PLAN) gives the same plan, but only through
 * the simple protocol, where a text could smuggle in a second statement, and each one leaves an entry in
 * pg_stat_statements. Throws `SourceError` when the connection fails.
 */
export async function explain(
  conn: OpenSource<"postgres">["conn"],
  attempt: Attempt,
): Promise<{ explained: Explained } | { refused: Refused }> {
  try {
    return { explained: await conn.readOnlyTransaction((run) => explainIn(run, attempt)) };
  } catch (error) {
    const cause = isSourceError(error) ? error.cause : error;
    const code = errorCode(cause);
    if (code === null || planReason(cause) === null) throw error;
    return { refused: { code, error: cause } };
  }
}

/** Where in the attempt's SQL the server found the fault, from 1; null when it does not say. */
export function faultPosition(error: unknown): number | null {
  const { position } = error as { position?: string };
  return position ? Number(position) - PREPARE.length : null;
}

async function explainIn(run: RunStatement, attempt: Attempt): Promise<Explained> {
  await applySettings(run, attempt);
  if (attempt.part === "whole") await refuseUnlessAllowed(run, attempt.sql);
  await run(PREPARE + applyCasts(attempt.sql, attempt.casts));
  const { root, settings } = await explainPrepared(run, parameterCount(attempt.sql));
  return { root, settings, relations: await sizesOf(run, root) };
}

async function applySettings(run: RunStatement, { searchPath, pruning }: Attempt): Promise<void> {
  const path = searchPath.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(", ");
  await run(
    `select set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),
       set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_partition_pruning', $3, true),
       case when $4 <> '' then set_config('search_path', $4, true) end`,
    [STATEMENT_TIMEOUT, LOCK_TIMEOUT, pruning ? "on" : "off", path],
  );
}

/** An error would end up in the server's log each time, so the right to change the table is looked up first. */
async function refuseUnlessAllowed(run: RunStatement, sql: string): Promise<void> {
  const changed = changedTables(sql);
  if (changed.length === 0) return;
  const [row] = await run<{ allowed: boolean | null }>(
    `select bool_and(has_table_privilege(to_regclass(t.name), t.privilege)) as allowed
     from unnest($1::text[], $2::text[]) as t(name, privilege)`,
    [changed.map((each) => each.name), changed.map((each) => each.privilege)],
  );
  if (row?.allowed === false)
    throw Object.assign(new Error("may not change the table"), { code: NOT_ALLOWED });
}

type ExplainRow = { "QUERY PLAN": [{ Plan: PlanJson; Settings?: Record<string, Json> }] };
/** Ours, not the server's. */
const OUR_SETTINGS = new Set(["plan_cache_mode", "enable_partition_pruning", "search_path"]);

async function explainPrepared(run: RunStatement, parameters: number) {
  const values = parameters === 0 ? "" : `(${Array(parameters).fill("null").join(", ")})`;
  const [row] = await run<ExplainRow>(
    `explain (format json, verbose, settings) execute plumbline_plan${values}`,
  );
  const { Plan: root, Settings } = row!["QUERY PLAN"][0];
  const settings = Object.entries(Settings ?? {}).filter(([name]) => !OUR_SETTINGS.has(name));
  return {
    root,
    settings: Object.fromEntries(settings.map(([name, value]) => [name, String(value)])),
  };
}

async function sizesOf(run: RunStatement, root: PlanJson): Promise<Explained["relations"]> {
  const relations = relationsOf(root);
  if (relations.length === 0) return [];
  return run<Explained["relations"][number]>(
    `select given.schema, given.name, nullif(c.reltuples, -1)::float8 as rows, pg_table_size(c.oid)::float8 as bytes
     from unnest($1::text[], $2::text[]) as given(schema, name)
     left join pg_namespace n on n.nspname = given.schema
     left join pg_class c on c.relnamespace = n.oid and c.relname = given.name`,
    [relations.map((each) => each.schema), relations.map((each) => each.name)],
  );
}
