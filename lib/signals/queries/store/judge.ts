import type { Sql } from "#lib/db/sql.ts";
import type { SaveContext } from "#lib/signals/define.ts";

export interface SlowStatement {
  id: string;
  text: string | null;
  database: string;
  firstSeen: Date;
  meanMs: number;
  /** Per call, before it got slower. */
  beforeMs: number;
  planChanged: boolean;
}

/** More than these are one problem, not many. */
const AT_MOST = 10;

/**
 * Statements that got slower than in the window just before. An open problem keeps the window before its own beginning
 * as the measure: a statement that stays slow must not pass for cured because it was slow before, too.
 */
export async function findSlower(
  { tx, source, now }: SaveContext,
  windowMs: number,
  limits: { factor: number; ms: number; calls: number },
): Promise<SlowStatement[]> {
  const { rows } = await tx.query<SlowStatement>(
    `WITH recent AS (
       SELECT statement_id, sum(calls) AS calls, sum(exec_ms) AS exec_ms FROM queries_delta
       WHERE at > $2::timestamptz - $3::interval AND at <= $2
         AND statement_id IN (SELECT id FROM queries_statement WHERE source_id = $1 AND NOT own)
       GROUP BY 1 HAVING sum(calls) >= $6 ORDER BY sum(exec_ms) DESC LIMIT 100
     )
     SELECT s.id::text AS id, s.text, s.database, s.first_seen AS "firstSeen", r.exec_ms / r.calls AS "meanMs", b.mean AS "beforeMs",
       coalesce(p.current_since > (SELECT min(e.first_seen) FROM queries_plan e WHERE e.statement_id = s.id) AND p.current_since > coalesce(o.since, $2) - 2 * $3::interval, false) AS "planChanged"
     FROM recent r JOIN queries_statement s ON s.id = r.statement_id
     LEFT JOIN problem o ON o.source_id = $1 AND o.key = 'queries:query_slower:' || s.id AND o.closed_at IS NULL
     LEFT JOIN queries_plan_attempt a ON a.statement_id = s.id
     LEFT JOIN queries_plan p ON p.id = a.plan_id
     CROSS JOIN LATERAL (
       SELECT sum(d.exec_ms) / sum(d.calls) AS mean, sum(d.calls) AS calls FROM queries_delta d
       WHERE d.statement_id = s.id AND d.at > coalesce(o.since, $2) - 2 * $3::interval AND d.at <= coalesce(o.since, $2) - $3::interval
     ) b
     WHERE b.calls >= $6 AND r.exec_ms / r.calls >= $4 * b.mean AND r.exec_ms / r.calls - b.mean >= $5
     ORDER BY r.exec_ms DESC LIMIT ${AT_MOST}`,
    [source.id, now, `${windowMs} milliseconds`, limits.factor, limits.ms, limits.calls],
  );
  return rows;
}

/** Young statements with a large part of all time, on a source that has been watched for longer than they exist. */
export async function findNewTop(
  { tx, source, now }: SaveContext,
  windowMs: number,
  limits: { youngerThanMs: number; share: number; execMs: number },
): Promise<(SlowStatement & { share: number })[]> {
  const { rows } = await tx.query<SlowStatement & { share: number }>(
    `SELECT s.id::text AS id, s.text, s.database, s.first_seen AS "firstSeen", r.exec_ms / r.calls AS "meanMs", 0 AS "beforeMs",
       false AS "planChanged", r.exec_ms / t.exec_ms AS share
     FROM (SELECT sum(exec_ms - own_ms) AS exec_ms FROM queries_database_delta
           WHERE source_id = $1 AND at > $2::timestamptz - $3::interval AND at <= $2) t
     CROSS JOIN LATERAL (
       SELECT d.statement_id, sum(d.calls) AS calls, sum(d.exec_ms) AS exec_ms FROM queries_delta d
       JOIN queries_statement n ON n.id = d.statement_id AND n.source_id = $1 AND NOT n.own AND n.toplevel
         AND n.first_seen > $2::timestamptz - $4::interval
       WHERE d.at > $2::timestamptz - $3::interval AND d.at <= $2 GROUP BY 1
     ) r
     JOIN queries_statement s ON s.id = r.statement_id
     WHERE r.exec_ms >= $6 AND r.exec_ms >= $5 * t.exec_ms
       AND EXISTS (SELECT FROM queries_database_delta w WHERE w.source_id = $1 AND w.at < $2::timestamptz - $4::interval)
     ORDER BY r.exec_ms DESC LIMIT ${AT_MOST}`,
    [
      source.id,
      now,
      `${windowMs} milliseconds`,
      `${limits.youngerThanMs} milliseconds`,
      limits.share,
      limits.execMs,
    ],
  );
  return rows;
}

export async function sumEvictions(tx: Sql, sourceId: string, since: Date): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `SELECT coalesce(sum(p.value), 0) AS count FROM series s JOIN sample p ON p.series_id = s.id
     WHERE s.source_id = $1 AND s.signal = 'queries' AND s.entity = 'server' AND s.metric = 'deallocs' AND p.at > $2`,
    [sourceId, since],
  );
  return rows[0]!.count;
}
