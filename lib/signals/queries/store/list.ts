import { likeLiteral, Parameters } from "#lib/db/parameters.ts";
import { sql } from "#lib/db/sql.ts";
import type { Counter } from "../counters.ts";
import type { QuerySort } from "../schema.ts";
import { type Part, workBy } from "./window.ts";

/** Which statements count: those of these sources, databases and roles. */
export interface Scope {
  source?: string | undefined;
  database?: string | undefined;
  role?: string | undefined;
}

export interface Selection extends Scope {
  /** Part of the text. */
  q?: string | undefined;
  id?: string;
}

export type WorkRow = Record<Counter, number> & { read_ms: number | null; write_ms: number | null };

/** A statement with what it did in a window. */
export interface StatementRow extends WorkRow {
  id: string;
  sourceId: string;
  source: string;
  database: string;
  role: string;
  kind: string | null;
  text: string | null;
  truncated: boolean;
  toplevel: boolean;
  queryid: string;
  fingerprint: string | null;
  firstSeen: Date;
  blockSize: number;
  planId: string | null;
  planReason: string | null;
  /** When the plan in use took the place of another one; null when it is the first. */
  planChangedAt: Date | null;
  /** The one database of the source in which statements can be planned. */
  connectedDatabase: string | null;
  sortValue: number;
}

const SORT_VALUES: Record<QuerySort, string> = {
  time: "w.exec_ms",
  mean: "w.exec_ms / w.calls",
  calls: "w.calls",
  rows: "w.rows",
  io: "w.blks_read * (t.snapshot->'server'->>'blockSize')::float8",
  temp: "(w.temp_read + w.temp_written) * (t.snapshot->'server'->>'blockSize')::float8",
};

const COLUMNS = `s.id::text AS id, s.source_id AS "sourceId", o.name AS source, s.database, s.role, s.kind, s.text, s.truncated,
  s.toplevel, s.queryid::text AS queryid, s.fingerprint, s.first_seen AS "firstSeen",
  (t.snapshot->'server'->>'blockSize')::int AS "blockSize",
  t.snapshot #>> ARRAY['server', 'databases', t.snapshot->'server'->>'connectedDbid', 'name'] AS "connectedDatabase", a.plan_id::text AS "planId", a.reason AS "planReason",
  (SELECT p.current_since FROM queries_plan p WHERE p.id = a.plan_id AND EXISTS
    (SELECT FROM queries_plan e WHERE e.statement_id = s.id AND e.first_seen < p.current_since)) AS "planChangedAt"`;

const JOINS = `JOIN source o ON o.id = s.source_id AND o.enabled
  JOIN queries_state t ON t.source_id = s.source_id
  LEFT JOIN queries_plan_attempt a ON a.statement_id = s.id`;

export interface Order {
  sort: QuerySort;
  dir: "asc" | "desc";
  /** The last row of the page before. */
  after: { value: number; id: string } | null;
  limit: number;
}

/** One page of statements that ran in the window; one row more than `limit` when there is a next page. */
export async function listStatements(
  parts: readonly Part[],
  selection: Selection,
  order: Order,
): Promise<StatementRow[]> {
  const params = new Parameters();
  const wanted = conditions(selection, params);
  const inScope = `d.statement_id IN (SELECT s.id FROM queries_statement s JOIN source o ON o.id = s.source_id WHERE ${wanted})`;
  const work = workBy("d.statement_id", parts, params, inScope);
  const [sign, direction] = order.dir === "desc" ? ["<", "DESC"] : [">", "ASC"];
  const after = order.after
    ? `WHERE ("sortValue", id::bigint) ${sign} (${params.add(order.after.value)}::float8, ${params.add(order.after.id)}::bigint)`
    : "";
  const { rows } = await sql.query<StatementRow>(
    `SELECT * FROM (
       SELECT ${COLUMNS}, w.*, ${SORT_VALUES[order.sort]} AS "sortValue"
       FROM ${work} w JOIN queries_statement s ON s.id = w.key ${JOINS}
     ) listed ${after} ORDER BY "sortValue" ${direction}, id::bigint ${direction} LIMIT ${params.add(order.limit + 1)}`,
    params.values,
  );
  return rows;
}

/** One statement, also when it did nothing in the window: then its counters are null. */
export async function findStatement(
  id: string,
  parts: readonly Part[],
): Promise<(StatementRow & { calls: number | null }) | null> {
  const params = new Parameters();
  const wanted = `d.statement_id = ${params.add(id)}::bigint`;
  const { rows } = await sql.query<StatementRow>(
    `SELECT ${COLUMNS}, w.*, 0 AS "sortValue" FROM queries_statement s ${JOINS}
     LEFT JOIN ${workBy("d.statement_id", parts, params, wanted)} w ON w.key = s.id WHERE s.id = $1::bigint AND NOT s.own`,
    params.values,
  );
  return rows[0] ?? null;
}

function conditions({ source, database, role, q }: Selection, params: Parameters): string {
  const found = ["NOT s.own"];
  if (source) found.push(`o.name = ${params.add(source)}`);
  if (database) found.push(`s.database = ${params.add(database)}`);
  if (role) found.push(`s.role = ${params.add(role)}`);
  if (q) found.push(`s.text ILIKE ${params.add(`%${likeLiteral(q)}%`)}`);
  return found.join(" AND ");
}

/** Execution time of each statement in `count` equal parts of the window. */
export async function readSparks(
  ids: readonly string[],
  parts: readonly Part[],
  window: { from: Date; to: Date; count: number },
): Promise<Map<string, Map<number, number>>> {
  const params = new Parameters();
  const list = params.add(ids);
  const bounds = [window.from, window.to].map(
    (at) => `extract(epoch from ${params.add(at)}::timestamptz)`,
  );
  const bucket = `width_bucket(extract(epoch from d.at), ${bounds.join(", ")}, ${params.add(window.count)}) - 1`;
  const rows = parts.map(
    ({ table, from, to }) =>
      `SELECT statement_id, ${bucket} AS bucket, exec_ms FROM ${table} d WHERE statement_id = ANY(${list}::bigint[])
       AND at >= ${params.add(from)} AND at < ${params.add(to)}`,
  );
  const found = await sql.query<{ id: string; bucket: number; ms: number }>(
    `SELECT statement_id::text AS id, bucket, sum(exec_ms) AS ms FROM (${rows.join(" UNION ALL ")}) d GROUP BY 1, 2`,
    params.values,
  );
  const byId = Map.groupBy(found.rows, (row) => row.id);
  return new Map(
    [...byId].map(([id, all]) => [id, new Map(all.map((row) => [row.bucket, row.ms]))]),
  );
}
