import { AppError, isAppError } from "#lib/core/errors.ts";
import { isDatabaseDown } from "./database-down.ts";
import type { Problem } from "./problem.ts";

const NO_STORE = "no-store";

/** A JSON answer that no cache keeps. Bigints become decimal strings. */
export function jsonResponse(
  data: unknown,
  requestId: string,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  const text = JSON.stringify(data ?? null, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  return new Response(text, {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": NO_STORE,
      "x-request-id": requestId,
      ...headers,
    },
  });
}

/** Any error as problem+json. What we did not expect is told as `internal`, without its message. */
export function problemResponse(error: unknown, requestId: string): Response {
  const known = toAppError(error);
  const { detail, remedy, fields, retryAfterSeconds } = known.options;
  const body: Problem = {
    type: `urn:plumbline:problem:${known.code}`,
    title: known.message,
    status: known.status,
    code: known.code,
    requestId,
  };
  if (detail !== undefined) body.detail = detail;
  if (remedy !== undefined) body.remedy = remedy;
  if (fields !== undefined) body.fields = fields;
  if (retryAfterSeconds !== undefined) body.retryAfterSeconds = retryAfterSeconds;
  const headers: Record<string, string> = {
    "content-type": "application/problem+json",
    "cache-control": NO_STORE,
    "x-request-id": requestId,
  };
  if (retryAfterSeconds !== undefined)
    headers["retry-after"] = String(Math.ceil(retryAfterSeconds));
  if (known.code === "unauthenticated") headers["www-authenticate"] = "Bearer";
  return new Response(JSON.stringify(body), { status: known.status, headers });
}

export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  if (isDatabaseDown(error)) return databaseAway(error);
  return new AppError("internal", "Something went wrong inside Plumbline", {
    detail: "The failure was logged under this request's id.",
    remedy: "Try again; if it stays, report the request id.",
    cause: error,
  });
}

export function databaseAway(cause?: unknown): AppError {
  return new AppError("unavailable", "Plumbline's own database cannot be reached", {
    detail: "Nothing was read or changed.",
    remedy: "Try again in a moment; an operator should check DATABASE_URL's server.",
    retryAfterSeconds: 5,
    cause,
  });
}
