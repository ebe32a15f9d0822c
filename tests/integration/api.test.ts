import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { POST as signInRoute } from "../../app/api/auth/callback/credentials/route.ts";
import { GET as csrfRoute } from "../../app/api/auth/csrf/route.ts";
import { POST as actionRoute } from "../../app/api/v1/actions/[action]/route.ts";
import { GET as healthRoute } from "../../app/api/v1/health/route.ts";
import { GET as meRoute } from "../../app/api/v1/me/route.ts";
import { GET as openApiRoute } from "../../app/api/v1/openapi.json/route.ts";
import { GET as overviewRoute } from "../../app/api/v1/overview/route.ts";
import { GET as readyRoute } from "../../app/api/v1/ready/route.ts";
import { ACTIONS } from "#lib/actions/index.ts";
import { databaseAlive } from "#lib/api/database-alive.ts";
import { problemSchema } from "#lib/api/problem.ts";
import { listParam } from "#lib/api/query.ts";
import { route } from "#lib/api/route.ts";
import { AppError } from "#lib/core/errors.ts";
import { sleep } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import {
  addUser,
  call,
  cookieFor,
  type Ground,
  openGround,
  pairOf,
  problemCode,
  type TestUser,
  tokenFor,
} from "#tests/support/access.ts";
import { createTcpProxy, type TcpProxy } from "#tests/support/tcp-proxy.ts";

let ground: Ground;
let proxy: TcpProxy;
let user: TestUser;
let cookie: string;

beforeAll(async () => {
  ground = await openGround();
  // Between us and our Postgres, so that it can go away.
  proxy = await createTcpProxy(ground.database.url);
  process.env["DATABASE_URL"] = proxy.url;
  user = await addUser("ada", ["admin"]);
  cookie = await cookieFor(user);
});
afterAll(async () => {
  await proxy.set("none");
  await ground.close();
  await proxy.close();
});

const failing = (error: unknown) =>
  route({
    path: "/x",
    summary: "fails",
    permission: "public",
    handler: () => {
      throw error;
    },
  });

const everything = async () => ({
  read: await call(overviewRoute, "/api/v1/overview", { cookie }),
  token: await call(meRoute, "/api/v1/me", { token: `pl_${"A".repeat(43)}` }),
  ready: await call(readyRoute, "/api/v1/ready"),
  action: await call(actionRoute, "/api/v1/actions/users.create", {
    method: "POST",
    cookie,
    headers: { "idempotency-key": crypto.randomUUID() },
    params: { action: "users.create" },
    body: { input: { login: "ghost", name: "G", roles: ["viewer"] }, reason: "while it is away" },
  }),
});

describe("every refusal is problem+json", () => {
  test("with code, remedy, fields and the request's id", async () => {
    const known = new AppError("rate_limited", "Slow down", {
      detail: "d",
      remedy: "r",
      fields: { a: "b" },
      retryAfterSeconds: 1.2,
      cause: new Error("secret"),
    });
    const response = await call(failing(known), "/x");
    const problem = problemSchema.parse(await response.json());
    expect(problem).toMatchObject({
      status: 429,
      code: "rate_limited",
      title: "Slow down",
      detail: "d",
      remedy: "r",
      fields: { a: "b" },
    });
    expect(response.headers.get("x-request-id")).toBe(problem.requestId);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test.each([
    new Error("password=hunter2"),
    new TypeError("x is not a function"),
    "just a string",
    null,
    { code: "forbidden" },
  ])("and tells nothing of a failure that nobody foresaw (%s)", async (error) => {
    const response = await call(failing(error), "/x");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/hunter2|function|string/);
  });

  test("bad input names the fields and never repeats the values", async () => {
    const handler = route({
      path: "/x/{id}",
      summary: "takes input",
      permission: "public",
      params: z.object({ id: z.uuid() }),
      query: z.object({
        limit: z.coerce.number().max(5).default(1),
        state: listParam(z.enum(["a", "b"])).optional(),
      }),
      body: z.object({ card: z.string().max(3), deep: z.object({ n: z.number() }) }),
      handler: ({ query, body }) => ({ query, body }),
    });
    const id = crypto.randomUUID();
    const post = (path: string, body: unknown, params = { id }) =>
      call(handler, path, { method: "POST", params, body });

    const good = await post("/x?limit=5&state=a&state=b", { card: "123", deep: { n: 1 } });
    expect(await good.json()).toEqual({
      query: { limit: 5, state: ["a", "b"] },
      body: { card: "123", deep: { n: 1 } },
    });
    const one = await post("/x?state=a", { card: "123", deep: { n: 1 } });
    expect(await one.json()).toMatchObject({ query: { limit: 1, state: ["a"] } });

    const wrong = await post("/x", { card: "4111111111111111", deep: { n: "1" } });
    expect(wrong.status).toBe(422);
    const problem = problemSchema.parse(await wrong.json());
    expect(Object.keys(problem.fields ?? {})).toEqual(["card", "deep.n"]);
    expect(JSON.stringify(problem)).not.toContain("4111");

    expect((await post("/x?limit=6", {})).status).toBe(400);
    expect((await post("/x", "not json")).status).toBe(400);
    expect((await post("/x", {}, { id: "nope" })).status).toBe(404);
    expect((await post("/x", { card: "x".repeat(300_000) })).status).toBe(413);
  });
});

describe("OpenAPI", () => {
  test("describes every route, signal and action, with its permission", async () => {
    const response = await call(openApiRoute, "/api/v1/openapi.json", { cookie });
    const document = (await response.json()) as {
      openapi: string;
      components: { schemas: Record<string, unknown> };
      paths: Record<
        string,
        Record<
          string,
          { "x-permission": string; parameters?: { name: string }[]; requestBody?: unknown }
        >
      >;
    };
    expect(document.openapi).toBe("3.1.0");
    for (const action of ACTIONS) {
      const operation = document.paths[`/api/v1/actions/${action.name}`]?.["post"];
      expect(operation?.["x-permission"]).toBe(action.name);
      expect(operation?.parameters?.map(({ name }) => name)).toContain("Idempotency-Key");
    }
    for (const signal of SIGNALS) {
      expect(document.paths[`/api/v1/signals/${signal.id}`]?.["get"]?.["x-permission"]).toBe(
        `${signal.id}.read`,
      );
    }
    expect(document.paths["/api/v1/users"]?.["get"]?.["x-permission"]).toBe("users.read");
    const { schemas } = document.components;
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, ref]) => ref,
    );
    const known = new Set(Object.keys(schemas).map((name) => `#/components/schemas/${name}`));
    expect(references.filter((ref) => !known.has(ref ?? ""))).toEqual([]);
    expect(known).toContain("#/components/schemas/Problem");
  });
});

/** It is asked once a second: what changed is known a moment later. */
async function untilAlive(wanted: boolean): Promise<void> {
  while ((await databaseAlive()) !== wanted) await sleep(50);
}

describe("while our own Postgres is away", () => {
  beforeEach(async () => {
    await proxy.set("none");
    await untilAlive(true);
  });

  test.each(["down", "reset", "hang"] as const)(
    "(%s) all is refused as 503, nothing happens, and it recovers by itself",
    async (fault) => {
      await proxy.set(fault);
      await untilAlive(false);
      for (const [, response] of Object.entries(await everything())) {
        expect(response.status).toBe(503);
        expect(await problemCode(response)).toBe("unavailable");
      }
      const csrf = await call(csrfRoute, "/api/auth/csrf");
      const { csrfToken } = (await csrf.json()) as { csrfToken: string };
      const signIn = await call(signInRoute, "/api/auth/callback/credentials", {
        method: "POST",
        cookie: csrf.headers.getSetCookie().map(pairOf).join("; "),
        body: { csrfToken, login: "ada", password: user.password },
      });
      expect(await problemCode(signIn)).toBe("unavailable");
      expect((await call(healthRoute, "/api/v1/health")).status).toBe(200);

      await proxy.set("none");
      await untilAlive(true);
      expect((await call(overviewRoute, "/api/v1/overview", { cookie })).status).toBe(200);
      expect((await call(readyRoute, "/api/v1/ready")).status).toBe(200);
      expect((await sql.query("SELECT 1 FROM user_account WHERE login = 'ghost'")).rows).toEqual(
        [],
      );
    },
  );

  test("pages learn of it too, and of its return", async () => {
    await proxy.set("down");
    await untilAlive(false);
    expect(await databaseAlive()).toBe(false);
    await proxy.set("none");
    await untilAlive(true);
    expect(await databaseAlive()).toBe(true);
  });

  test("a database that is older than the code is not ready", async () => {
    await sql.query(
      "UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%foundation'",
    );
    const response = await call(readyRoute, "/api/v1/ready");
    expect(await problemCode(response)).toBe("unavailable");
    await sql.query("UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL");
    expect((await call(readyRoute, "/api/v1/ready")).status).toBe(200);
  });
});

describe("while our own Redis is away", () => {
  test("reads and sign-in go on, and readiness says so", async () => {
    expect(await (await call(readyRoute, "/api/v1/ready")).json()).toEqual({
      status: "ready",
      database: "ok",
      redis: "ok",
    });
    await ground.redis.close();
    expect(await (await call(readyRoute, "/api/v1/ready")).json()).toEqual({
      status: "ready",
      database: "ok",
      redis: "down",
    });
    expect((await call(overviewRoute, "/api/v1/overview", { cookie })).status).toBe(200);
    expect((await call(meRoute, "/api/v1/me", { token: await tokenFor(user) })).status).toBe(200);
  });
});
