import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { Problem } from "./problem.ts";

/** What a browser or a script gets when the API refuses. Test it by `code`. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = "ProblemError";
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get title(): string {
    return this.problem.title;
  }

  get detail(): string | undefined {
    return this.problem.detail;
  }

  get remedy(): string | undefined {
    return this.problem.remedy;
  }
}

/** The problem inside anything thrown by `getJson` and `sendJson`; null for other errors. */
export function problemOf(error: unknown): Problem | null {
  return error instanceof Error && "problem" in error ? (error.problem as Problem) : null;
}

/** A query value: undefined and null are left out, a list repeats its name. */
export type QueryValue =
  | string
  | number
  | boolean
  | Date
  | null
  | undefined
  | readonly (string | number)[];
export type QueryParams = Readonly<Record<string, QueryValue>>;

interface GetOptions {
  signal?: AbortSignal;
}

/** Fetches `path` and checks the answer. Throws ProblemError, also when the server cannot be reached (`unavailable`). */
export async function getJson<Schema extends z.ZodType>(
  path: string,
  params: QueryParams,
  schema: Schema,
  options: GetOptions = {},
): Promise<z.output<Schema>> {
  const init = { headers: { accept: "application/json" }, ...options };
  return schema.parse(await answerOf(withQuery(path, params), init));
}

export interface SendOptions extends GetOptions {
  method?: "POST" | "PUT" | "DELETE";
  headers?: Readonly<Record<string, string>>;
}

/** Sends `body` as JSON and checks the answer. Throws ProblemError as `getJson` does. */
export async function sendJson<Schema extends z.ZodType>(
  path: string,
  body: unknown,
  schema: Schema,
  options: SendOptions = {},
): Promise<z.output<Schema>> {
  const { method = "POST", headers, signal } = options;
  const init: RequestInit = {
    method,
    body: JSON.stringify(body),
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
  };
  if (signal) init.signal = signal;
  return schema.parse(await answerOf(path, init));
}

export function withQuery(path: string, params: QueryParams): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) value.forEach((item) => query.append(name, String(item)));
    else query.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

async function answerOf(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { credentials: "same-origin", ...init }).catch(
    (error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw new ProblemError(unreachable());
    },
  );
  if (response.ok) return response.status === 204 ? null : response.json();
  throw new ProblemError(await problemIn(response));
}

/** Proxies in between answer errors in their own forms; those become a problem too. */
async function problemIn(response: Response): Promise<Problem> {
  const answer: unknown = await response.json().catch(() => null);
  if (isProblem(answer)) return answer;
  const code = response.status === 503 || response.status === 502 ? "unavailable" : "internal";
  return {
    type: "about:blank",
    title: `The server answered ${response.status}`,
    status: response.status,
    code,
    remedy: "Try again in a moment.",
  };
}

/** By hand: to show an error must not need a schema library. */
function isProblem(answer: unknown): answer is Problem {
  const { title, code } = (answer ?? {}) as Partial<Problem>;
  return typeof title === "string" && typeof code === "string";
}

function unreachable(): Problem {
  return {
    type: "about:blank",
    title: "Plumbline cannot be reached",
    status: 503,
    code: "unavailable",
    remedy: "Check your connection; this page tries again by itself.",
  };
}

/** Which read of a signal: `get` names its thing, `live:<name>` needs `source` among the parameters, `reads:<name>` is one more. */
export type SignalReadKind = "list" | "series" | "get" | `live:${string}` | `reads:${string}`;

/** The query key of one read: what the events stream invalidates and the server prefetches under. */
export function signalKey(signalId: string, kind: SignalReadKind, params: QueryParams) {
  return ["signals", signalId, kind, params] as const;
}

export function signalPath(signalId: string, kind: SignalReadKind, params: QueryParams): string {
  const base = `/api/v1/signals/${signalId}`;
  if (kind === "list") return withQuery(base, params);
  if (kind === "get") {
    const { id, ...rest } = params;
    return withQuery(`${base}/${encodeURIComponent(String(id))}`, rest);
  }
  return withQuery(`${base}/${kind.replace(":", "/")}`, params);
}

/**
 * Query options of one read, for `useQuery` and for prefetching: a signal's client.ts is a few lines over it.
 * `params` are as in the URL; for `get` they hold `id`, for `live:<name>` they hold `source` (its name).
 * A live read's data is null when the target could not be asked: give it a nullable schema.
 */
export function signalQuery<Data extends z.ZodType>(
  signalId: string,
  kind: SignalReadKind,
  params: QueryParams,
  data: Data,
) {
  return queryOptions({
    queryKey: signalKey(signalId, kind, params),
    queryFn: async ({ signal }) => {
      const { readingSchema } = await import("./schema.ts");
      return getJson(signalPath(signalId, kind, params), {}, readingSchema(data), { signal });
    },
  });
}
