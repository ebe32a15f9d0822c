import { z } from "zod";
import type { Submission } from "#lib/actions/submit.ts";
import { submitAction } from "#lib/actions/submit.ts";
import { jsonResponse } from "./respond.ts";
import type { RouteContext } from "./route.ts";

export const actionParams = z.object({ action: z.string().min(1).max(100) });
export const runParams = z.object({ action: z.uuid() });

/** The longest is a changed payload: as many characters as are shown of one, each of up to three bytes in JSON. */
export const MAX_SUBMISSION_BYTES = 2 * 1024 * 1024;

type Body = Pick<Submission, "source" | "input" | "reason">;

/** 200 when it is done, 202 when the worker does it; a repetition of an answered key says so in a header. */
export async function answerSubmission({
  actor,
  params,
  body,
  request,
  requestId,
}: RouteContext<{ action: string }, unknown, Body>): Promise<Response> {
  const idempotencyKey = request.headers.get("idempotency-key");
  const answer = await submitAction({
    ...body,
    actor,
    name: params.action,
    idempotencyKey,
    requestId,
  });
  const headers: Record<string, string> = {};
  if (answer.replayed) headers["idempotent-replayed"] = "true";
  return jsonResponse(answer.body, requestId, answer.status, headers);
}
