import { newId } from "#lib/core/ids.ts";
import type { Json } from "#lib/core/json.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { Action } from "./define.ts";
import type { RunState } from "./schema.ts";
import type { AcceptedSubmission } from "./submit.ts";

interface NewRun {
  action: Action;
  submission: AcceptedSubmission;
  state: RunState;
  input: Json;
  target: string;
  sourceId: string | null;
}

/**
 * Records a run under its Idempotency-Key; null when the key is taken. While a twin's transaction is still open the insert
 * waits for it, so of any number of identical submissions exactly one gets an id.
 */
export async function insertRun(
  tx: Sql,
  { action, submission, state, input, target, sourceId }: NewRun,
): Promise<string | null> {
  const id = newId();
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO action_run (id, name, actor_id, actor_login, idempotency_key, request_hash, source_id, target, input, reason, state)
     VALUES ($1::uuid, $2, $3, $4, $5, $6, $7::uuid, $8, $9::jsonb, $10, $11)
     ON CONFLICT (actor_id, idempotency_key) DO NOTHING RETURNING id`,
    [
      id,
      action.name,
      submission.actor.id,
      submission.actor.login,
      submission.idempotencyKey,
      submission.requestHash,
      sourceId,
      target,
      JSON.stringify(input),
      submission.reason,
      state,
    ],
  );
  return rows.length === 1 ? id : null;
}
