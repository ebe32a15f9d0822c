import { readProblem, toProblem, type Problem } from "#components/data/problem.ts";

export type ActionState = "queued" | "running" | "succeeded" | "failed" | "in_doubt";

/** What the API answers about an action, at once and when asked again. */
export interface ActionOutcome {
  id: string;
  state: ActionState;
  result: unknown;
  error: { code?: string; title?: string; detail?: string; remedy?: string } | null;
  auditSeq: string | number | null;
}

export interface ActionRequest {
  action: string;
  input: unknown;
  reason: string;
  sourceId?: string;
  /** One per intention: the same key is sent again on every retry, so that the effect happens once. */
  idempotencyKey: string;
}

export type ActionAnswer = { ok: true; outcome: ActionOutcome } | { ok: false; problem: Problem };

/** A UUID; also where crypto.randomUUID is missing because the page is served over plain HTTP. */
export function newIdempotencyKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Whether the request may have had an effect that we did not hear of: then only the very same request may be sent again. */
export function isUncertain(problem: Problem): boolean {
  return problem.status === 0 || problem.status >= 500 || problem.code === "in_flight";
}

/** True while more is to come. `in_doubt` counts: the worker resolves it by reading the target back. */
export function isPending(state: ActionState): boolean {
  return state === "queued" || state === "running" || state === "in_doubt";
}

export function submitAction({
  action,
  input,
  reason,
  sourceId,
  idempotencyKey,
}: ActionRequest): Promise<ActionAnswer> {
  return ask(`/api/v1/actions/${encodeURIComponent(action)}`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
    body: JSON.stringify({ input, reason, sourceId }),
  });
}

export function readAction(id: string): Promise<ActionAnswer> {
  return ask(`/api/v1/actions/${encodeURIComponent(id)}`, { cache: "no-store" });
}

async function ask(url: string, init: RequestInit): Promise<ActionAnswer> {
  try {
    const response = await fetch(url, init);
    if (!response.ok) return { ok: false, problem: await readProblem(response) };
    return { ok: true, outcome: (await response.json()) as ActionOutcome };
  } catch (error) {
    return { ok: false, problem: toProblem(error) };
  }
}
