import { MINUTE } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { PlanAttempt } from "../observation.ts";
import type { FoundPlan } from "../plan/plan.ts";
import { retryAfterMs } from "../plan/reasons.ts";

/** A good plan is looked at again this often while its statement is among the top ones. */
const REPLAN_AFTER_MS = 10 * MINUTE;

export interface PlanContext {
  statementId: string;
  now: Date;
  serverVersion: string | null;
}

/** Records one attempt: the plan it found, or why not and when to try again. Answers the plan's id, null without one. */
export async function savePlan(
  tx: Sql,
  { statementId, now, serverVersion }: PlanContext,
  { outcome, meanMs, failures: before }: Pick<PlanAttempt, "outcome" | "meanMs" | "failures">,
): Promise<string | null> {
  const planId = outcome.ok
    ? await upsertPlan(tx, { statementId, now, serverVersion }, outcome)
    : null;
  const failures = outcome.ok ? 0 : before + 1;
  const wait = outcome.ok ? REPLAN_AFTER_MS : retryAfterMs(outcome.reason, failures);
  await tx.query(
    `INSERT INTO queries_plan_attempt AS a (statement_id, plan_id, reason, failures, mean_ms, tried_at, next_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (statement_id) DO UPDATE SET plan_id = coalesce(EXCLUDED.plan_id, a.plan_id), reason = EXCLUDED.reason,
       failures = EXCLUDED.failures, mean_ms = EXCLUDED.mean_ms, tried_at = EXCLUDED.tried_at, next_at = EXCLUDED.next_at`,
    [
      statementId,
      planId,
      outcome.ok ? null : outcome.reason,
      failures,
      meanMs,
      now,
      new Date(now.getTime() + wait),
    ],
  );
  return planId;
}

/** One row per shape. `current_since` moves when the plan in use changes, also back to an earlier shape. */
async function upsertPlan(
  tx: Sql,
  { statementId, now, serverVersion }: PlanContext,
  plan: FoundPlan,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO queries_plan AS p (statement_id, hash, tree, cost, notes, server_version, first_seen, current_since, last_seen)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)
     ON CONFLICT (statement_id, hash) DO UPDATE SET tree = EXCLUDED.tree, cost = EXCLUDED.cost, notes = EXCLUDED.notes,
       server_version = EXCLUDED.server_version, last_seen = EXCLUDED.last_seen,
       current_since = CASE WHEN (SELECT plan_id FROM queries_plan_attempt WHERE statement_id = $1) = p.id
         THEN p.current_since ELSE EXCLUDED.current_since END
     RETURNING id::text AS id`,
    [
      statementId,
      plan.hash,
      JSON.stringify(plan.tree),
      plan.cost,
      JSON.stringify(plan.notes),
      serverVersion,
      now,
    ],
  );
  return rows[0]!.id;
}
