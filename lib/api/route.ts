import type { z } from "zod";
import type { Actor } from "#lib/auth/actor.ts";
import { getActor } from "#lib/auth/get-actor.ts";
import { can, type Permission } from "#lib/auth/policy.ts";
import { AppError, isAppError } from "#lib/core/errors.ts";
import { newId } from "#lib/core/ids.ts";
import { parseInput } from "#lib/core/parse.ts";
import { log } from "#lib/core/log.ts";
import { assertJson, assertSameOrigin } from "./csrf.ts";
import { databaseAlive } from "./database-alive.ts";
import { requestAnswered } from "./observe.ts";
import { assertText, queryOf } from "./query.ts";
import { databaseAway, jsonResponse, problemResponse, toAppError } from "./respond.ts";

const MUTATING = new Set(["POST", "PUT", "PATCH", "DELETE"]);
/** Ids and reasons, never files. */
const MAX_BODY_BYTES = 256 * 1024;

export interface RouteContext<Params, Query, Body> {
  /** Who asks. On a `public` route nobody is asked for: `anonymous`. */
  actor: Actor;
  params: Params;
  query: Query;
  body: Body;
  request: Request;
  requestId: string;
}

export interface RouteSpec<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  /** As in OpenAPI: `/api/v1/signals/{signal}`. A test compares it with the file's place. */
  path: string;
  summary: string;
  /** `public`: everybody. `signed-in`: any session or token. Else a permission, which may depend on the path. */
  permission: "public" | "signed-in" | Permission | ((params: z.output<Params>) => Permission);
  params?: Params;
  query?: Query;
  body?: Body;
  /** What the answer looks like, for OpenAPI. */
  response?: z.ZodType;
  /** Where bodies may be larger than elsewhere. */
  maxBodyBytes?: number;
  /** It also answers while our own Postgres is away. */
  withoutDatabase?: boolean;
  /** Returns what is sent as JSON with status 200, or a Response of its own. */
  handler(context: RouteContext<z.output<Params>, z.output<Query>, z.output<Body>>): unknown;
}

export interface RouteHandler {
  (
    request: Request,
    context: { params: Promise<Record<string, string | string[] | undefined>> },
  ): Promise<Response>;
  /** For OpenAPI and for the test that walks every route. */
  spec: RouteSpec;
}

/** The one wrapper of every API route: identity, permission, CSRF, input, errors, headers. Sessions and tokens pass the same way. */
export function route<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  spec: RouteSpec<Params, Query, Body>,
): RouteHandler {
  const general = spec as unknown as RouteSpec;
  const handle = async (
    request: Request,
    context: { params: Promise<Record<string, string | string[] | undefined>> },
  ): Promise<Response> => {
    const requestId = newId();
    const startedAt = performance.now();
    const response = await answer(general, request, await context.params, requestId);
    requestAnswered({
      route: spec.path,
      method: request.method,
      status: response.status,
      seconds: (performance.now() - startedAt) / 1000,
    });
    return response;
  };
  return Object.assign(handle, { spec: general });
}

async function answer(
  spec: RouteSpec,
  request: Request,
  rawParams: unknown,
  requestId: string,
): Promise<Response> {
  try {
    if (!spec.withoutDatabase && !(await databaseAlive())) throw databaseAway();
    const actor = spec.permission === "public" ? ANONYMOUS : await getActor(request);
    if (MUTATING.has(request.method)) guardMutation(request, actor);
    const params = spec.params ? parseParams(spec.params, rawParams) : {};
    authorize(
      actor,
      typeof spec.permission === "function" ? spec.permission(params) : spec.permission,
    );
    const query = spec.query
      ? parseInput(spec.query, queryOf(request), "bad_request", "query")
      : {};
    const body = spec.body
      ? parseInput(spec.body, await bodyOf(request, spec.maxBodyBytes), "validation_failed", "body")
      : undefined;
    const result = await spec.handler({ actor, params, query, body, request, requestId });
    return result instanceof Response
      ? withStandardHeaders(result, requestId)
      : jsonResponse(result, requestId);
  } catch (error) {
    if (toAppError(error).status >= 500) logFailure(spec, request, requestId, error);
    return problemResponse(error, requestId);
  }
}

const ANONYMOUS: Actor = {
  id: "anonymous",
  login: "anonymous",
  roles: [],
  via: "session",
  sessionId: null,
  authAt: null,
};

/** Cookies travel by themselves, so what they allow must come from our page. A token is sent on purpose. */
function guardMutation(request: Request, actor: Actor): void {
  if (actor.via === "token") assertJson(request);
  else assertSameOrigin(request);
}

function authorize(actor: Actor, permission: string): void {
  if (permission === "public" || permission === "signed-in" || can(actor, permission as Permission))
    return;
  throw new AppError("forbidden", `Your roles do not allow ${permission}`, {
    detail: `You have: ${actor.roles.join(", ") || "no role"}.`,
    remedy: "Ask an administrator for a role that allows it.",
  });
}

function parseParams(schema: z.ZodType, raw: unknown): unknown {
  const parsed = schema.safeParse(raw);
  const holdsNul = Object.values(raw as object).some((value) => String(value).includes("\0"));
  if (parsed.success && !holdsNul) return parsed.data;
  throw new AppError("not_found", "There is nothing at this address", {
    remedy: "Check the address.",
  });
}

async function bodyOf(request: Request, maxBytes = MAX_BODY_BYTES): Promise<unknown> {
  const bytes = await readBounded(request, maxBytes);
  try {
    return JSON.parse(new TextDecoder().decode(bytes), checkMember);
  } catch (error) {
    if (isAppError(error)) throw error;
    throw new AppError("bad_request", "The body is not JSON, or nested too deeply", {
      remedy: "Send one JSON object.",
    });
  }
}

function checkMember(key: string, value: unknown): unknown {
  assertText(key);
  if (typeof value === "string") assertText(value);
  return value;
}

async function readBounded(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new AppError("payload_too_large", `The body is larger than ${maxBytes / 1024} kB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function withStandardHeaders(response: Response, requestId: string): Response {
  if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
  response.headers.set("x-request-id", requestId);
  return response;
}

/** Logged by the path template: addresses and bodies may hold personal data. A known outage is no fault of ours. */
function logFailure(spec: RouteSpec, request: Request, requestId: string, error: unknown): void {
  const level = toAppError(error).code === "internal" ? "error" : "warn";
  log[level]({ route: spec.path, method: request.method, requestId, err: error }, "request failed");
}
