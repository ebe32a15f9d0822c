import { Parameters } from "#lib/db/parameters.ts";
import { sql } from "#lib/db/sql.ts";
import type { Scope } from "./list.ts";
import type { Window } from "./window.ts";

export interface Totals {
  calls: number;
  execMs: number;
  ownMs: number;
  unexplainedMs: number | null;
}

/** What all statements of the scope did. Shares are parts of this, whatever the search or the role. */
export async function readTotals(
  { from, to }: Window,
  { source, database }: Scope,
): Promise<Totals> {
  const { rows } = await sql.query<Totals>(
    `SELECT coalesce(sum(d.calls), 0) AS calls, coalesce(sum(d.exec_ms - d.own_ms), 0) AS "execMs", coalesce(sum(d.own_ms), 0) AS "ownMs",
       greatest(0, sum(d.active_ms - d.exec_ms) FILTER (WHERE d.active_ms IS NOT NULL)) AS "unexplainedMs"
     FROM queries_database_delta d JOIN source o ON o.id = d.source_id AND o.enabled
     JOIN queries_database b ON b.source_id = d.source_id AND b.dbid = d.dbid
     WHERE d.at >= $1 AND d.at < $2 AND ($3::text IS NULL OR o.name = $3) AND ($4::text IS NULL OR b.name = $4)`,
    [from, to, source ?? null, database ?? null],
  );
  return rows[0]!;
}

/** Seconds observed per source, by its id: the base of every rate. */
export async function readSeconds({ from, to }: Window): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ sourceId: string; seconds: number }>(
    `SELECT source_id AS "sourceId", max(seconds) AS seconds FROM
       (SELECT source_id, dbid, sum(seconds) AS seconds FROM queries_database_delta WHERE at >= $1 AND at < $2 GROUP BY 1, 2) d
     GROUP BY 1`,
    [from, to],
  );
  return new Map(rows.map((row) => [row.sourceId, row.seconds]));
}

/** Seconds observed in each of `count` equal parts of the window, per source. */
export async function readCoverage(
  { from, to }: Window,
  count: number,
): Promise<Map<string, Map<number, number>>> {
  const params = new Parameters();
  const bounds = [from, to].map((at) => `extract(epoch from ${params.add(at)}::timestamptz)`);
  const { rows } = await sql.query<{ sourceId: string; bucket: number; seconds: number }>(
    `SELECT source_id AS "sourceId", bucket, max(seconds) AS seconds FROM
       (SELECT source_id, dbid, width_bucket(extract(epoch from at), ${bounds.join(", ")}, ${params.add(count)}) - 1 AS bucket,
          sum(seconds) AS seconds FROM queries_database_delta WHERE at >= $1 AND at < $2 GROUP BY 1, 2, 3) d
     GROUP BY 1, 2`,
    params.values,
  );
  const bySource = Map.groupBy(rows, (row) => row.sourceId);
  return new Map(
    [...bySource].map(([id, all]) => [id, new Map(all.map((row) => [row.bucket, row.seconds]))]),
  );
}

/** Entries evicted from pg_stat_statements in the window; null where no server tells. */
export async function readEvictions(
  { from, to }: Window,
  source: string | undefined,
): Promise<number | null> {
  const { rows } = await sql.query<{ evictions: number | null }>(
    `SELECT sum(p.value) AS evictions FROM series s JOIN sample p ON p.series_id = s.id JOIN source o ON o.id = s.source_id AND o.enabled
     WHERE s.signal = 'queries' AND s.entity = 'server' AND s.metric = 'deallocs' AND p.at >= $1 AND p.at < $2
       AND ($3::text IS NULL OR o.name = $3)`,
    [from, to, source ?? null],
  );
  return rows[0]!.evictions;
}

/** What a list can be filtered by, and what its sources could not tell. */
export async function readChoices(
  source: string | undefined,
): Promise<{ sources: string[]; databases: string[]; notes: string[] }> {
  const { rows } = await sql.query<{
    source: string;
    databases: string[] | null;
    unread: string[];
  }>(
    `SELECT o.name AS source, c.unread,
       (SELECT array_agg(b.name ORDER BY b.name) FROM queries_database b WHERE b.source_id = o.id AND b.calls > 0) AS databases
     FROM source o JOIN collection c ON c.source_id = o.id AND c.signal = 'queries' WHERE o.enabled ORDER BY o.name`,
  );
  const shown = rows.filter((row) => source === undefined || row.source === source);
  return {
    sources: rows.map((row) => row.source),
    databases: [...new Set(shown.flatMap((row) => row.databases ?? []))],
    notes: shown.flatMap((row) => row.unread.map((note) => `${row.source}: ${note}`)),
  };
}
