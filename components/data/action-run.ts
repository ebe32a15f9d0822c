import { queryOptions } from "@tanstack/react-query";
import {
  isFinished,
  runSchema,
  submittedSchema,
  type Run,
  type Submitted,
} from "#lib/actions/schema.ts";
import { getJson, sendJson } from "#lib/api/client.ts";
import type { Problem } from "#components/data/problem.ts";

export interface ActionRequest {
  action: string;
  input: unknown;
  reason: string;
  /** Id or name of the source to act on. */
  source: string | undefined;
  /** One per intention: sent again on every retry, so that the effect happens once. */
  idempotencyKey: string;
}

/** A UUID; also where crypto.randomUUID is missing because the page is served over plain HTTP. */
export function newIdempotencyKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Whether the request may have had an effect that we did not hear of: then only the very same request may be sent again. */
export function isUncertain(problem: Problem): boolean {
  return problem.status === 0 || problem.status >= 500 || problem.code === "in_flight";
}

/** Sends an action. Throws ProblemError. */
export function submitAction({
  action,
  idempotencyKey,
  ...body
}: ActionRequest): Promise<Submitted> {
  return sendJson(`/api/v1/actions/${encodeURIComponent(action)}`, body, submittedSchema, {
    headers: { "idempotency-key": idempotencyKey },
  });
}

const SLOWEST_MS = 5_000;

/** One run, asked for again, ever more slowly, until it is finished; the events stream may be quicker. */
export function runQuery(id: string) {
  return queryOptions<Run>({
    queryKey: ["actions", id],
    queryFn: ({ signal }) => getJson(`/api/v1/actions/${id}`, {}, runSchema, { signal }),
    refetchInterval: ({ state }) =>
      state.data && isFinished(state.data.state)
        ? false
        : Math.min(500 * 1.4 ** state.dataUpdateCount, SLOWEST_MS),
  });
}
