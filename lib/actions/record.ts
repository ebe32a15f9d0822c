import { appendAudit } from "#lib/audit/append.ts";
import { storable } from "#lib/audit/entry.ts";
import { isAppError } from "#lib/core/errors.ts";
import { type Json, toJson } from "#lib/core/json.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import { type Sql, sql, transaction } from "#lib/db/sql.ts";
import { increment } from "#lib/metrics/counters.ts";
import { publishRunChanged } from "./changed.ts";
import type { Observation, RunEnding } from "./define.ts";
import { failpoint } from "./failpoint.ts";
import type { LeasedRun } from "./lease.ts";
import type { RunError } from "./schema.ts";

/** Thrown when another worker took the run over: whoever holds the lease decides what became of it. */
const LEASE_LOST = "lease_lost";

export const isLeaseLost = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === LEASE_LOST;

/** Stores the fence before anything is sent to the target: from here on a crash leaves the outcome open. */
export async function recordExecuting(run: LeasedRun, observation: Observation): Promise<void> {
  await update(sql, run, "state = 'executing', fence = $3::jsonb", [
    JSON.stringify(storable(toJson(observation))),
  ]);
}

export async function recordDoubt(run: LeasedRun): Promise<void> {
  await update(sql, run, "state = 'in_doubt'", []);
}

/** Gives the lease back; the sweeper looks again after a delay that doubles with every attempt. */
export async function postponeDoubt(run: LeasedRun): Promise<void> {
  const delay = Math.min(2 ** run.attempts * SECOND, 60 * SECOND);
  await update(
    sql,
    run,
    "state = 'in_doubt', lease_token = NULL, lease_until = now() + $3::int * interval '1 ms'",
    [delay],
  );
  await publishRunChanged(run);
}

export interface Ending {
  outcome: RunEnding["outcome"];
  result?: unknown;
  error?: RunError;
  before: Json;
  after: Json;
}

/** Outcome and audit event commit together, and only while this worker holds the lease. */
export async function recordEnding(run: LeasedRun, ending: Ending): Promise<void> {
  const state = ending.error ? "failed" : "succeeded";
  await transaction(async (tx) => {
    const result = ending.error ? null : JSON.stringify(storable(toJson(ending.result)));
    const error = ending.error ? JSON.stringify(ending.error) : null;
    const set =
      "state = $3, result = $4::jsonb, error = $5::jsonb, lease_token = NULL, lease_until = NULL, finished_at = now()";
    await update(tx, run, set, [state, result, error]);
    await run.settle?.({
      tx,
      runId: run.id,
      ending: { outcome: ending.outcome, result: toJson(ending.result) },
    });
    await increment(tx, "plumbline_actions_total", {
      type: run.name,
      result: ending.outcome === "outcome_unknown" ? "unknown" : state,
    });
    await appendAudit(tx, {
      actorId: run.actor.id,
      actorLogin: run.actor.login,
      action: run.name,
      phase: "outcome",
      outcome: ending.outcome,
      runId: run.id,
      sourceName: run.source?.name ?? null,
      target: run.target,
      reason: run.reason,
      before: ending.before,
      after: ending.error ? { error: ending.error } : ending.after,
    });
    await failpoint("finishing", run.id);
  });
  log.info({ runId: run.id, action: run.name, outcome: ending.outcome }, "action finished");
  await failpoint("finished", run.id);
  await publishRunChanged(run);
}

/** What the person who asked is told about a failure. Errors of drivers and bugs say no more than they must. */
export function runErrorOf(error: unknown): RunError {
  if (!isAppError(error)) return { code: "internal", title: "The action failed unexpectedly" };
  const { detail, remedy } = error.options;
  return {
    code: error.code,
    title: error.message,
    ...(detail && { detail }),
    ...(remedy && { remedy }),
  };
}

async function update(tx: Sql, run: LeasedRun, set: string, params: unknown[]): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE action_run SET ${set} WHERE id = $1 AND lease_token = $2 AND finished_at IS NULL`,
    [run.id, run.token, ...params],
  );
  if (rowCount !== 1)
    throw Object.assign(new Error(`The lease on run ${run.id} was lost`), { code: LEASE_LOST });
}
