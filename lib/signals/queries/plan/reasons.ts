import { errorCode } from "#lib/sources/errors.ts";

/** Why a statement has no plan. Closed: it is stored, shown in words, and decides when to try again. */
export const PLAN_REASONS = {
  not_explainable: {
    title: "This kind of statement has no plan",
    remedy: "Only SELECT, INSERT, UPDATE, DELETE and MERGE are planned; nothing to do.",
  },
  no_text: {
    title: "The server no longer has the statement's text",
    remedy: "It comes back with the statement's next entry in pg_stat_statements.",
  },
  truncated: {
    title: "The text is cut off",
    remedy: "It is longer than Plumbline keeps. Pass long lists as one array parameter: = any($1).",
  },
  other_database: {
    title: "The statement runs in another database of this server",
    remedy: "Add that database as a source of its own to plumbline.yaml.",
  },
  permission: {
    title: "The role may not read a table of this statement",
    remedy:
      "GRANT pg_read_all_data TO the role of this source, or SELECT on the tables it may see.",
  },
  insert_only: {
    title: "An INSERT of given values searches nothing",
    remedy: "There is nothing to plan but the insert itself, which this role may not do.",
  },
  syntax: {
    title: "The normalised text is not valid SQL any more",
    remedy: "pg_stat_statements replaced a constant where the grammar allows no parameter.",
  },
  undetermined_type: {
    title: "The server cannot tell the types of the parameters",
    remedy: "Add casts to the statement, such as $1::bigint, where a constant stands alone.",
  },
  missing_relation: {
    title: "A table of this statement does not exist here",
    remedy: "It was temporary, or it has been dropped or renamed since.",
  },
  missing_object: {
    title: "A column, function or type of this statement does not exist here",
    remedy: "The schema has changed since, or the function is not visible to this role.",
  },
  search_path: {
    title: "Several schemas have a table of this name",
    remedy:
      "ALTER ROLE … SET search_path for the role of this source, as the application's role has it.",
  },
  timeout: {
    title: "Planning took longer than 2 s and was stopped",
    remedy: "Plumbline tries again later, when the server may be less busy.",
  },
  lock: {
    title: "A table was locked, and Plumbline does not wait for locks",
    remedy: "Plumbline tries again later. A migration may be running.",
  },
  unsupported: {
    title: "The server cannot plan this statement with parameters",
    remedy: "The statement needs a constant in this place.",
  },
  failed: {
    title: "The server refused to plan the statement",
    remedy: "Look for the statement in the server's log; Plumbline tries again later.",
  },
} as const;

export type PlanReason = keyof typeof PLAN_REASONS;

const BY_STATE: Record<string, PlanReason> = {
  "42501": "permission",
  "42601": "syntax",
  "42P02": "syntax",
  "42P18": "undetermined_type",
  "42725": "undetermined_type",
  "42804": "undetermined_type",
  "42P01": "missing_relation",
  "3F000": "missing_relation",
  "42703": "missing_object",
  "42704": "missing_object",
  "42883": "missing_object",
  "57014": "timeout",
  "55P03": "lock",
  "0A000": "unsupported",
};

/** The reason behind a server's refusal; null when the connection failed, which says nothing about the statement. */
export function planReason(error: unknown): PlanReason | null {
  const state = errorCode(error);
  if (state === null || !/^[0-9A-Z]{5}$/.test(state) || state.startsWith("08")) return null;
  const message = error instanceof Error ? error.message : "";
  if (state === "42883" && message.startsWith("operator")) return "undetermined_type";
  return BY_STATE[state] ?? "failed";
}

const MINUTE_MS = 60_000;
const RETRY_FIRST_MS = 10 * MINUTE_MS;
const RETRY_LAST_MS = 7 * 24 * 60 * MINUTE_MS;

const FOR_GOOD = new Set<PlanReason>([
  "not_explainable",
  "truncated",
  "insert_only",
  "other_database",
]);

/** When to try again after the n-th failure in a row (from 1): ever later, so that a hopeless statement costs nothing. */
export function retryAfterMs(reason: PlanReason, failures: number): number {
  if (FOR_GOOD.has(reason)) return RETRY_LAST_MS;
  return Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 4 ** (failures - 1));
}
