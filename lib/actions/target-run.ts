import { appendAudit } from "#lib/audit/append.ts";
import { storable } from "#lib/audit/entry.ts";
import { AppError } from "#lib/core/errors.ts";
import { toJson } from "#lib/core/json.ts";
import { log } from "#lib/core/log.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import type { TargetAction } from "./define.ts";
import { actJob } from "./act-job.ts";
import { publishRunChanged } from "./changed.ts";
import { failpoint } from "./failpoint.ts";
import { insertRun } from "./insert-run.ts";
import { runById } from "./runs.ts";
import type { AcceptedSubmission, SubmitAnswer } from "./submit.ts";

type AnyTargetAction = TargetAction<never, unknown>;

/** Records the intent and its audit event as one, then wakes a worker. Null when the key is already taken. */
export async function queueTargetAction(
  action: AnyTargetAction,
  input: never,
  submission: AcceptedSubmission,
): Promise<SubmitAnswer | null> {
  const source = await findSource(action, submission.source);
  const target = storable(action.target(input));
  const run = await transaction(async (tx) => {
    const stored = storable(toJson(submission.input));
    const id = await insertRun(tx, {
      action,
      submission,
      state: "queued",
      input: stored,
      target,
      sourceId: source.id,
    });
    if (!id) return null;
    const { actor, reason, requestId } = submission;
    await action.claim?.({ tx, actor, input, reason, runId: id, sourceId: source.id });
    const who = { actorId: actor.id, actorLogin: actor.login, requestId };
    await appendAudit(tx, {
      ...who,
      action: action.name,
      phase: "intent",
      runId: id,
      sourceName: source.name,
      target,
      reason,
    });
    return runById(tx, id);
  });
  if (!run) return null;
  await failpoint("submitted", run.id);
  await Promise.all([wakeWorker(run.id), publishRunChanged(run)]);
  return { status: 202, body: run, replayed: false };
}

/** The recorded intent is the truth: when it cannot be enqueued, the sweeper finds it. */
async function wakeWorker(runId: string): Promise<void> {
  try {
    await actJob.enqueue({ runId }, { jobId: runId });
  } catch (error) {
    log.warn(
      { err: error, runId },
      "an action was recorded but not enqueued; the sweeper will pick it up",
    );
  }
}

async function findSource(
  action: AnyTargetAction,
  wanted: string | undefined,
): Promise<{ id: string; name: string }> {
  if (!wanted) {
    throw new AppError("validation_failed", `"${action.title}" acts on a source`, {
      fields: { source: "Name the source to act on." },
    });
  }
  const { rows } = await sql.query<{ id: string; name: string; kind: string; enabled: boolean }>(
    "SELECT id, name, kind, enabled FROM source WHERE id::text = $1 OR name = $1",
    [wanted],
  );
  const source = rows[0];
  if (!source?.enabled)
    throw new AppError("not_found", `There is no source "${wanted.slice(0, 80)}"`);
  if (action.kinds.some((kind) => kind === source.kind)) return source;
  throw new AppError("validation_failed", `"${action.title}" does not apply to ${source.name}`, {
    fields: {
      source: `It is a ${source.kind} source; this action needs ${action.kinds.join(" or ")}.`,
    },
  });
}
