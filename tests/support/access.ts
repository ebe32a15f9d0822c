import { closePool, transaction } from "#lib/db/sql.ts";
import type { Role } from "#lib/auth/actor.ts";
import { sessionCookieHeader } from "#lib/auth/cookie.ts";
import { createSession } from "#lib/auth/sessions.ts";
import { createToken } from "#lib/auth/tokens.ts";
import { createUser } from "#lib/auth/users.ts";
import type { RouteHandler } from "#lib/api/route.ts";
import { closeRedis } from "#lib/jobs/redis.ts";
import { createDatabase, type TestDatabase } from "./postgres.ts";
import { createRedis, type TestRedis } from "./redis.ts";

/** The address under which tests reach Plumbline; also the only Origin that may change things. */
export const ORIGIN = "http://localhost:3000";

export interface Ground {
  database: TestDatabase;
  redis: TestRedis;
  close(): Promise<void>;
}

/** A database and a Redis of the test's own, set as this process's settings. Call before anything reads them. */
export async function openGround(variables: Record<string, string> = {}): Promise<Ground> {
  const [database, redis] = await Promise.all([createDatabase(), createRedis()]);
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    PLUMBLINE_URL: ORIGIN,
    PLUMBLINE_SECRET: "an integration test's secret, 32 or more",
    LOG_LEVEL: "silent",
    ...variables,
  });
  const close = async () => {
    await closeRedis();
    await closePool();
    await Promise.all([database.drop(), redis.close()]);
  };
  return { database, redis, close };
}

export interface TestUser {
  id: string;
  login: string;
  password: string;
  roles: readonly Role[];
}

export async function addUser(login: string, roles: readonly Role[]): Promise<TestUser> {
  const created = await transaction((tx) => createUser(tx, { login, name: login, roles }));
  return { ...created, login, roles };
}

/** A Cookie header of a fresh session. */
export async function cookieFor(user: { id: string }): Promise<string> {
  const id = await transaction((tx) =>
    createSession(tx, { userId: user.id, via: "password", address: null, userAgent: null }),
  );
  return pairOf(await sessionCookieHeader(id));
}

export async function tokenFor(
  user: TestUser,
  roles: readonly Role[] = user.roles,
): Promise<string> {
  const { secret } = await transaction((tx) =>
    createToken(tx, { name: `${user.login}'s`, roles, days: 1, creator: user }),
  );
  return secret;
}

/** `name=value` of a Set-Cookie header. */
export function pairOf(setCookie: string): string {
  return setCookie.split(";")[0] as string;
}

export interface Call {
  method?: string;
  cookie?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  params?: Record<string, string>;
}

/** A request as a browser on our own page, or a script with a token, would send it. */
export function requestTo(
  path: string,
  { method = "GET", cookie, token, body, headers }: Call = {},
): Request {
  const all = new Headers({ host: "localhost:3000", "x-forwarded-for": "192.0.2.1" });
  if (cookie !== undefined) all.set("cookie", cookie);
  if (token !== undefined) all.set("authorization", `Bearer ${token}`);
  if (method !== "GET") {
    all.set("content-type", "application/json");
    all.set("origin", ORIGIN);
    all.set("sec-fetch-site", "same-origin");
  }
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === "") all.delete(name);
    else all.set(name, value);
  }
  const text =
    method === "GET" ? null : typeof body === "string" ? body : JSON.stringify(body ?? {});
  return new Request(`${ORIGIN}${path}`, { method, headers: all, body: text });
}

/** Calls a route's handler directly: no server, no proxy.ts in front. */
export function call(handler: RouteHandler, path: string, options: Call = {}): Promise<Response> {
  return handler(requestTo(path, options), { params: Promise.resolve(options.params ?? {}) });
}

/** The stable code of a refused call; fails when it was not refused as problem+json. */
export async function problemCode(response: Response): Promise<string> {
  if (response.headers.get("content-type") !== "application/problem+json") {
    throw new Error(`expected a problem, got ${response.status} ${await response.text()}`);
  }
  return ((await response.json()) as { code: string }).code;
}
