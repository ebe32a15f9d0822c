import { createHmac } from "node:crypto";
import { appendAudit } from "#lib/audit/append.ts";
import type { Actor } from "#lib/auth/actor.ts";
import { can, type Permission } from "#lib/auth/policy.ts";
import { env } from "#lib/config/env.ts";
import { AppError } from "#lib/core/errors.ts";
import { canonicalJson } from "#lib/core/json.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import type { Action } from "./define.ts";
import { actionByName } from "./index.ts";
import { runOfKey } from "./runs.ts";
import { isFinished, type Submitted, submissionSchema } from "./schema.ts";
import { requireFreshProof } from "./step-up.ts";
import { runStoreAction } from "./store-run.ts";
import { queueTargetAction } from "./target-run.ts";

/** What somebody asks for, as it came in: nothing of it is trusted yet, but for the actor. */
export interface Submission {
  actor: Actor;
  name: string;
  /** The `Idempotency-Key` header. */
  idempotencyKey: string | null | undefined;
  /** Id or name. */
  source?: string | undefined;
  input: unknown;
  reason: unknown;
  requestId: string;
}

export interface SubmitAnswer {
  /** 200: done. 202: recorded; the worker does it. */
  status: 200 | 202;
  body: Submitted;
  /** True when this key was answered before: say `Idempotent-Replayed: true`. */
  replayed: boolean;
}

/** A submission whose outside was checked. */
export interface AcceptedSubmission {
  actor: Actor;
  idempotencyKey: string;
  source: string | undefined;
  input: unknown;
  reason: string;
  requestId: string;
  requestHash: string;
}

const KEY = /^[\x21-\x7e]{8,200}$/;

/**
 * The only way to change anything: authorises, validates, and then either runs the action in one transaction with its audit
 * event, or records the intent for the worker. The same key with the same request has one effect, however often it is sent.
 */
export async function submitAction(
  submission: Submission,
  find: (name: string) => Action | undefined = actionByName,
): Promise<SubmitAnswer> {
  const action = find(submission.name);
  if (!action)
    throw new AppError("not_found", `There is no action "${submission.name.slice(0, 80)}"`);
  await authorise(action, submission);
  const idempotencyKey = requireKey(submission.idempotencyKey);
  const requestHash = hashRequest(submission);

  const earlier = await replay(submission.actor, idempotencyKey, requestHash);
  if (earlier) return earlier;

  const { reason } = parse(
    submissionSchema.pick({ reason: true }),
    { reason: submission.reason },
    "",
  );
  const input = parse(action.input, submission.input, "input.");
  if (action.risk === "dangerous") requireFreshProof(action.title, submission.actor);
  const accepted: AcceptedSubmission = {
    ...submission,
    idempotencyKey,
    source: submission.source,
    reason,
    requestHash,
  };
  const answer =
    action.where === "store"
      ? await runStoreAction(action, input, accepted)
      : await queueTargetAction(action, input, accepted);
  if (answer) return answer;

  // The same key was submitted by a twin in the meantime.
  const twin = await replay(submission.actor, idempotencyKey, requestHash);
  if (!twin) throw new AppError("internal", "The run of this Idempotency-Key vanished");
  return twin;
}

/** Deny by default; a refusal is recorded. */
async function authorise(
  action: Action,
  { actor, source, reason, requestId }: Submission,
): Promise<void> {
  if (can(actor, action.name as Permission)) return;
  await transaction((tx) =>
    appendAudit(tx, {
      actorId: actor.id,
      actorLogin: actor.login,
      action: action.name,
      phase: "event",
      outcome: "denied",
      target: source?.slice(0, 200) ?? "plumbline",
      reason: typeof reason === "string" ? reason.slice(0, 500) : null,
      requestId,
    }),
  );
  throw new AppError("forbidden", `Your roles do not include "${action.name}"`, {
    remedy: "Ask an administrator for a role that does.",
  });
}

function requireKey(key: string | null | undefined): string {
  if (key && KEY.test(key)) return key;
  throw new AppError(
    "idempotency_key_missing",
    "The Idempotency-Key header must hold 8 to 200 visible ASCII characters",
    {
      remedy:
        "Send a new random key for each thing you want done, and the same key when you try the same thing again.",
    },
  );
}

/** Keyed, so that a stored hash cannot be used to guess a password that was part of the input. */
function hashRequest({ name, source, input, reason }: Submission): string {
  return createHmac("sha256", env().PLUMBLINE_SECRET)
    .update(canonicalJson({ name, source, input, reason }))
    .digest("hex");
}

async function replay(
  actor: Actor,
  key: string,
  requestHash: string,
): Promise<SubmitAnswer | null> {
  const earlier = await runOfKey(sql, actor.id, key);
  if (!earlier) return null;
  if (earlier.requestHash !== requestHash) {
    throw new AppError(
      "idempotency_key_reused",
      "This Idempotency-Key was used for a different request",
      { remedy: "Use a new key." },
    );
  }
  if (!isFinished(earlier.run.state)) {
    throw new AppError("in_flight", "This action is still running", {
      detail: `Run ${earlier.run.id} is ${earlier.run.state}.`,
      remedy: "Ask again with the same key in a moment.",
      retryAfterSeconds: 1,
    });
  }
  return { status: 200, body: earlier.run, replayed: true };
}

function parse<Output>(
  schema: {
    safeParse(value: unknown): { success: true; data: Output } | { success: false; error: Issues };
  },
  value: unknown,
  prefix: string,
): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = Object.fromEntries(
    parsed.error.issues.map((issue) => [
      `${prefix}${issue.path.join(".")}`.replace(/\.$/, ""),
      issue.message,
    ]),
  );
  throw new AppError("validation_failed", "The request is not valid", { fields });
}

interface Issues {
  issues: { path: PropertyKey[]; message: string }[];
}
