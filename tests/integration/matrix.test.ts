import { globSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACTIONS } from "#lib/actions/index.ts";
import { listRoutes, type RouteModule } from "#lib/api/openapi.ts";
import type { RouteHandler } from "#lib/api/route.ts";
import { ROLES, type Role } from "#lib/auth/actor.ts";
import { closeChanged } from "#lib/jobs/changed.ts";
import { sql } from "#lib/db/sql.ts";
import { SIGNALS } from "#lib/signals/index.ts";
import { ROUTE_MODULES } from "../../app/api/routes.ts";
import { GET as openApiRoute } from "../../app/api/v1/openapi.json/route.ts";
import {
  addUser,
  call,
  cookieFor,
  type Ground,
  openGround,
  type TestUser,
  tokenFor,
} from "#tests/support/access.ts";
import {
  addressOf,
  expectedStatus,
  ROUTE_TABLE,
  type RouteRow,
} from "#tests/support/route-table.ts";

const APP = resolve(import.meta.dirname, "../../app");
const files = globSync("**/route.ts", { cwd: APP });
/** `api/v1/signals/[signal]/route.ts` is `/api/v1/signals/{signal}`. */
const pathOf = (file: string) =>
  `/${file.replace(/\/route\.ts$/, "").replaceAll(/\[(\w+)\]/g, "{$1}")}`;
const modules = new Map<string, RouteModule>();

let ground: Ground;
const users = new Map<Role, TestUser>();

beforeAll(async () => {
  ground = await openGround();
  for (const file of files)
    modules.set(pathOf(file), (await import(`../../app/${file}`)) as RouteModule);
  for (const role of ROLES) users.set(role, await addUser(`the-${role}`, [role]));
});
afterAll(async () => {
  closeChanged();
  await ground.close();
});

async function statusOf(
  row: RouteRow,
  credentials: { cookie?: string; token?: string },
): Promise<number> {
  const handler = modules.get(row.path)?.[row.method] as RouteHandler;
  const { method, body, params = {} } = row;
  const response = await call(handler, addressOf(row), {
    method,
    params,
    ...(body !== undefined && { body }),
    ...credentials,
  });
  await response.body?.cancel();
  return response.status;
}

const name = (row: RouteRow) => `${row.method} ${addressOf(row)}`;
/** Public routes do not look at credentials at all. */
const asNobody = (row: RouteRow) => expectedStatus(row, null, "session");

describe("the table is complete", () => {
  test("every handler passes through route(), under the path of its file, and is in the list", () => {
    const listed = new Set(
      [
        ...ROUTE_MODULES.flatMap((module) => listRoutes([module])),
        { method: "GET", spec: openApiRoute.spec },
      ].map(({ method, spec }) => `${method} ${spec.path}`),
    );
    const found = [...modules].flatMap(([path, module]) =>
      listRoutes([module]).map(({ method, spec }) => {
        expect(spec.path).toBe(path);
        return `${method} ${path}`;
      }),
    );
    expect([...listed].toSorted()).toEqual(found.toSorted());
  });

  test("every method of every route has a row", () => {
    const rows = new Set(ROUTE_TABLE.map((row) => `${row.method} ${row.path}`));
    const missing = [...modules]
      .flatMap(([path, module]) => listRoutes([module]).map(({ method }) => `${method} ${path}`))
      .filter((route) => !rows.has(route));
    expect(missing).toEqual([]);
  });

  test("every action and every signal has a row", () => {
    const named = new Set(ROUTE_TABLE.flatMap(({ params }) => Object.values(params ?? {})));
    expect(
      ACTIONS.filter((action) => !named.has(action.name)).map((action) => action.name),
    ).toEqual([]);
    expect(SIGNALS.filter((signal) => !named.has(signal.id)).map((signal) => signal.id)).toEqual(
      [],
    );
  });
});

// The handlers are called directly: what holds here holds without proxy.ts in front.
describe.each(ROUTE_TABLE.map((row) => [name(row), row] as const))("%s", (_name, row) => {
  test("without credentials", async () => {
    expect(await statusOf(row, {})).toBe(asNobody(row));
  });

  test.each(ROLES)("%s", async (role) => {
    const user = users.get(role) as TestUser;
    expect(await statusOf(row, { cookie: await cookieFor(user) })).toBe(
      expectedStatus(row, [role], "session"),
    );
    expect(await statusOf(row, { token: await tokenFor(user) })).toBe(
      expectedStatus(row, [role], "token"),
    );
  });

  test("credentials that no longer count", async () => {
    const user = await addUser(`gone-${crypto.randomUUID()}`, ["admin", "finance", "approver"]);
    const fresh = async () => ({ cookie: await cookieFor(user), token: await tokenFor(user) });
    const cases: [string, string, "cookie" | "token"][] = [
      [
        "UPDATE session SET revoked_at = now() WHERE user_id = $1::uuid",
        "revoked session",
        "cookie",
      ],
      [
        "UPDATE session SET expires_at = now() - interval '1 s' WHERE user_id = $1::uuid",
        "session past its absolute end",
        "cookie",
      ],
      [
        "UPDATE session SET last_seen_at = now() - interval '31 minutes' WHERE user_id = $1::uuid",
        "idle session",
        "cookie",
      ],
      [
        "UPDATE api_token SET expires_at = now() - interval '1 s' WHERE created_by = $1::uuid",
        "expired token",
        "token",
      ],
      [
        "UPDATE api_token SET revoked_at = now() WHERE created_by = $1::uuid",
        "revoked token",
        "token",
      ],
      [
        "UPDATE user_account SET disabled_at = now() WHERE id = $1::uuid",
        "disabled user's session",
        "cookie",
      ],
      [
        "UPDATE user_account SET disabled_at = now() WHERE id = $1::uuid",
        "disabled user's token",
        "token",
      ],
    ];
    const got: Record<string, number> = {};
    for (const [statement, label, kind] of cases) {
      const credentials = await fresh();
      await sql.query(statement, [user.id]);
      got[label] = await statusOf(row, { [kind]: credentials[kind] });
    }
    expect(got).toEqual(Object.fromEntries(cases.map(([, label]) => [label, asNobody(row)])));
  });

  test("forged credentials", async () => {
    const cookie = await cookieFor(users.get("admin") as TestUser);
    expect(await statusOf(row, { cookie: cookie.slice(0, -4) })).toBe(asNobody(row));
    expect(await statusOf(row, { token: `pl_${"A".repeat(43)}` })).toBe(asNobody(row));
    // A wrong token is not rescued by a right cookie.
    expect(await statusOf(row, { cookie, token: "nonsense" })).toBe(asNobody(row));
  });
});
