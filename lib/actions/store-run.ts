import { appendAudit } from "#lib/audit/append.ts";
import { storable } from "#lib/audit/entry.ts";
import { isAppError } from "#lib/core/errors.ts";
import { type Json, toJson } from "#lib/core/json.ts";
import { log } from "#lib/core/log.ts";
import { db, sqlIn } from "#lib/db/client.ts";
import { type Sql, transaction } from "#lib/db/sql.ts";
import { increment } from "#lib/metrics/counters.ts";
import { publishRunChanged } from "./changed.ts";
import type { StoreAction } from "./define.ts";
import { insertRun } from "./insert-run.ts";
import { runById } from "./runs.ts";
import type { Run } from "./schema.ts";
import type { AcceptedSubmission, SubmitAnswer } from "./submit.ts";

type AnyStoreAction = StoreAction<never, unknown>;

/**
 * Runs an action on our own tables: the change, its run and its audit event commit together or not at all. When it fails
 * nothing has happened, so the key stays free. Null when the key is already taken.
 */
export async function runStoreAction(
  action: AnyStoreAction,
  input: never,
  submission: AcceptedSubmission,
): Promise<SubmitAnswer | null> {
  try {
    const done = await db().$transaction((tx) => perform(action, input, submission, tx), {
      maxWait: 3_000,
      timeout: 15_000,
    });
    if (!done) return null;
    await publishRunChanged(done.run);
    return {
      status: 200,
      body: { ...done.run, ...(done.once !== undefined && { once: done.once }) },
      replayed: false,
    };
  } catch (error) {
    await recordFailure(action, submission, error);
    throw error;
  }
}

async function perform(
  action: AnyStoreAction,
  input: never,
  submission: AcceptedSubmission,
  prisma: Parameters<AnyStoreAction["run"]>[0]["tx"],
): Promise<{ run: Run; once: Json | undefined } | null> {
  const tx = sqlIn(prisma);
  const { actor, reason, requestId } = submission;
  const kept = storable(toJson(action.keep ? action.keep(input) : submission.input));
  const id = await insertRun(tx, {
    action,
    submission,
    state: "executing",
    input: kept,
    target: "",
    sourceId: null,
  });
  if (!id) return null;
  const now = new Date();
  const { result, once, audit } = await action.run({
    tx: prisma,
    actor,
    input,
    now,
    reason,
    runId: id,
  });
  await finishRun(tx, id, storable(audit.target), storable(toJson(result)));
  await increment(tx, "plumbline_actions_total", { type: action.name, result: "succeeded" });
  const who = { actorId: actor.id, actorLogin: actor.login, requestId };
  await appendAudit(tx, {
    ...who,
    action: action.name,
    phase: "outcome",
    outcome: "succeeded",
    runId: id,
    reason,
    ...audit,
  });
  return { run: await runById(tx, id), once };
}

async function finishRun(tx: Sql, id: string, target: string, result: Json): Promise<void> {
  await tx.query(
    "UPDATE action_run SET state = 'succeeded', target = $2, result = $3::jsonb, finished_at = now() WHERE id = $1::uuid",
    [id, target, JSON.stringify(result)],
  );
}

/** The attempt is part of the record, although it changed nothing. */
async function recordFailure(
  action: AnyStoreAction,
  submission: AcceptedSubmission,
  error: unknown,
): Promise<void> {
  const { actor, reason, requestId } = submission;
  const problem = isAppError(error)
    ? { code: error.code, title: error.message }
    : { code: "internal", title: "It failed unexpectedly" };
  try {
    await transaction(async (tx) => {
      await increment(tx, "plumbline_actions_total", { type: action.name, result: "failed" });
      const who = { actorId: actor.id, actorLogin: actor.login, requestId };
      await appendAudit(tx, {
        ...who,
        action: action.name,
        phase: "event",
        outcome: "failed",
        target: "plumbline",
        reason,
        after: { error: problem },
      });
    });
  } catch (failure) {
    log.error({ err: failure, action: action.name }, "a failed action could not be recorded");
  }
}
