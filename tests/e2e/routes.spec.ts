import { ROLES, type Role } from "#lib/auth/actor.ts";
import { plumbline, newUser } from "#tests/support/cli.ts";
import { expect, signIn, test } from "#tests/support/e2e.ts";
import {
  addressOf,
  expectedStatus,
  ROUTE_TABLE,
  type RouteRow,
} from "#tests/support/route-table.ts";

/** The same table as tests/integration/matrix.test.ts, here through the running server with proxy.ts in front. */
type Headers = Record<string, string>;

function tokenOf(login: string, role: Role): string {
  const made = plumbline(
    "token",
    "create",
    `walks as ${role}`,
    "--user",
    login,
    "--roles",
    role,
    "--json",
  );
  return (JSON.parse(made) as { secret: string }).secret;
}

/** Sends each row and collects what differs from the table. */
async function walk(
  base: string,
  headers: Headers,
  roles: readonly Role[] | null,
  via: "session" | "token",
): Promise<string[]> {
  const wrong: string[] = [];
  for (const row of ROUTE_TABLE.filter((each) => !endsTheSession(each, via))) {
    const response = await send(base, row, headers);
    const wanted = expectedStatus(row, roles, via);
    if (response.status !== wanted)
      wrong.push(`${row.method} ${addressOf(row)}: ${response.status}, not ${wanted}`);
    if (response.headers.get("x-content-type-options") !== "nosniff")
      wrong.push(`${row.path}: no nosniff`);
    await response.body?.cancel();
  }
  return wrong;
}

const endsTheSession = (row: RouteRow, via: string) =>
  via === "session" && row.path.endsWith("/sign-out");

function send(base: string, row: RouteRow, headers: Headers): Promise<Response> {
  const body = row.method === "GET" ? {} : { body: JSON.stringify(row.body ?? {}) };
  const json: Headers =
    row.method === "GET" ? {} : { "content-type": "application/json", origin: base };
  return fetch(base + addressOf(row), {
    method: row.method,
    redirect: "manual",
    headers: { ...json, ...headers },
    ...body,
  });
}

test("without credentials every route answers as written down", async ({ baseURL }) => {
  expect(await walk(baseURL ?? "", {}, null, "session")).toEqual([]);
  expect(await walk(baseURL ?? "", { authorization: "Bearer nonsense" }, null, "token")).toEqual(
    [],
  );
});

for (const role of ROLES) {
  test(`${role}: every route answers as written down, by session and by token`, async ({
    visitor,
    baseURL,
  }) => {
    const user = newUser(role);
    expect(
      await walk(
        baseURL ?? "",
        { authorization: `Bearer ${tokenOf(user.login, role)}` },
        [role],
        "token",
      ),
    ).toEqual([]);
    await signIn(visitor, user);
    const cookies = await visitor.context().cookies();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    expect(await walk(baseURL ?? "", { cookie }, [role], "session")).toEqual([]);
  });
}

test("what no route is there for is refused: other methods, unknown addresses, Next's own machinery", async ({
  request,
}) => {
  expect((await request.delete("/api/v1/me")).status()).toBe(405);
  expect((await request.post("/api/v1/users")).status()).toBe(405);
  expect((await request.get("/api/v1/no-such-thing")).status()).toBe(404);
  expect((await request.get("/api/auth/session")).status()).toBe(404);
  expect((await request.post("/", { headers: { "next-action": "0123456789" } })).status()).toBe(
    400,
  );
});

test("a made-up X-Forwarded-For does not become the address of a sign-in", async ({
  visitor,
  browser,
  baseURL,
}) => {
  const user = newUser("viewer");
  const context = await browser.newContext({
    extraHTTPHeaders: { "x-forwarded-for": "203.0.113.66" },
    ...(baseURL && { baseURL }),
  });
  await signIn(await context.newPage(), user);
  const sessions = await context.request.get("/api/v1/me/sessions");
  const { rows } = (await sessions.json()) as { rows: { address: string }[] };
  expect(rows.map(({ address }) => address)).not.toContain("203.0.113.66");
  await context.close();
  await visitor.close();
});
