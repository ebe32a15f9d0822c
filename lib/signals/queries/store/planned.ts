import { sql } from "#lib/db/sql.ts";
import type { PlanNotes } from "../plan/plan.ts";
import type { PlanReason } from "../plan/reasons.ts";
import type { PlanJson } from "../plan/tree.ts";

export interface StoredPlan {
  id: string;
  hash: string;
  tree: PlanJson;
  cost: number;
  notes: PlanNotes;
  serverVersion: string | null;
  firstSeen: Date;
  currentSince: Date;
  lastSeen: Date;
  meanMs: number | null;
}

export interface StoredAttempt {
  planId: string | null;
  reason: PlanReason | null;
  triedAt: Date;
  nextAt: Date;
}

/** Older shapes than these are history that nobody reads. */
const SHOWN_PLANS = 10;

/**
 * A statement's plans, the newest in use first, each with the mean time while it was last in use: over whole minutes, since
 * the minute of a change has calls of both plans.
 */
export async function readPlans(
  statementId: string,
  now: Date,
): Promise<{ plans: StoredPlan[]; attempt: StoredAttempt | null }> {
  const [plans, attempts] = await Promise.all([
    sql.query<StoredPlan>(
      `SELECT p.id::text AS id, p.hash, p.tree, p.cost, p.notes, p.server_version AS "serverVersion", p.first_seen AS "firstSeen",
         p.current_since AS "currentSince", p.last_seen AS "lastSeen", m.mean AS "meanMs"
       FROM (SELECT *, lag(current_since) OVER (ORDER BY current_since DESC) AS until FROM queries_plan WHERE statement_id = $1::bigint) p
       LEFT JOIN LATERAL (
         SELECT sum(d.exec_ms) / nullif(sum(d.calls), 0) AS mean FROM queries_delta d
         WHERE d.statement_id = $1::bigint AND d.at >= p.current_since AND d.at + interval '1 minute' <= coalesce(p.until, $2::timestamptz + interval '1 minute')
       ) m ON true
       ORDER BY p.current_since DESC LIMIT ${SHOWN_PLANS}`,
      [statementId, now],
    ),
    sql.query<StoredAttempt>(
      `SELECT plan_id::text AS "planId", reason, tried_at AS "triedAt", next_at AS "nextAt" FROM queries_plan_attempt
       WHERE statement_id = $1::bigint`,
      [statementId],
    ),
  ]);
  return { plans: plans.rows, attempt: attempts.rows[0] ?? null };
}

export interface PlannableStatement {
  text: string | null;
  kind: string | null;
  truncated: boolean;
  /** Whether it runs in the database this source is connected to. */
  connected: boolean;
  /** Execution time per call over the last hours it ran in. */
  meanMs: number;
  attempt: (StoredAttempt & { failures: number }) | null;
}

/** One statement of a source as planning needs it; null when the source has no such statement. */
export async function loadForPlanning(
  sourceId: string,
  statementId: string,
): Promise<PlannableStatement | null> {
  const { rows } = await sql.query<PlannableStatement & StoredAttempt & { failures: number }>(
    `SELECT s.text, s.kind, s.truncated, s.dbid = (t.snapshot->'server'->>'connectedDbid')::bigint AS connected,
       coalesce((SELECT sum(exec_ms) / sum(calls) FROM queries_delta_1h d WHERE d.statement_id = s.id AND d.at > now() - interval '1 day'), 0) AS "meanMs",
       a.plan_id::text AS "planId", a.reason, a.failures, a.tried_at AS "triedAt", a.next_at AS "nextAt"
     FROM queries_statement s JOIN queries_state t ON t.source_id = s.source_id
     LEFT JOIN queries_plan_attempt a ON a.statement_id = s.id
     WHERE s.id = $2::bigint AND s.source_id = $1 AND NOT s.own`,
    [sourceId, statementId],
  );
  const row = rows[0];
  if (!row) return null;
  const { planId, reason, failures, triedAt, nextAt, ...statement } = row;
  const attempt = triedAt === null ? null : { planId, reason, failures, triedAt, nextAt };
  return { ...statement, attempt };
}
