import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GET as meRoute } from "../../app/api/v1/me/route.ts";
import { ensureFirstAdmin } from "#lib/auth/first-admin.ts";
import { passwordFits } from "#lib/auth/passwords.ts";
import { sql } from "#lib/db/sql.ts";
import { call, type Ground, openGround } from "#tests/support/access.ts";
import { audited, keptIn } from "#tests/support/acting.ts";

const CLI = join(import.meta.dirname, "../../bin/cli.ts");

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
  await ensureFirstAdmin();
});
afterAll(() => ground.close());

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: "utf8",
    env: process.env,
  });
  return { status, stdout, stderr };
}

function json<T>(...args: string[]): T {
  const { status, stdout, stderr } = run(...args, "--json");
  if (status !== 0) throw new Error(`plumbline ${args.join(" ")}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

async function hashOf(login: string): Promise<string | null> {
  const { rows } = await sql.query<{ hash: string }>(
    "SELECT password_hash AS hash FROM user_account WHERE login = $1",
    [login],
  );
  return rows[0]?.hash ?? null;
}

test("accounts: created, listed, changed, disabled and reset, each written down", async () => {
  const made = json<{ password: string }>(
    "user",
    "create",
    "ada",
    "--roles",
    "oncall,finance",
    "--name",
    "Ada",
  );
  expect(await passwordFits(await hashOf("ada"), made.password)).toBe(true);
  expect(await keptIn(made.password)).toEqual([]);
  expect(await audited("users.create")).toMatchObject({
    target: "user ada",
    actor_login: "system (command line)",
  });

  expect(json("user", "set-roles", "ada", "--roles", "viewer")).toEqual({
    login: "ada",
    before: ["oncall", "finance"],
    roles: ["viewer"],
  });
  const reset = json<{ password: string }>("user", "reset-password", "ada");
  expect(await passwordFits(await hashOf("ada"), reset.password)).toBe(true);
  json("user", "disable", "ada");
  expect(await audited("users.disable")).toMatchObject({
    target: "user ada",
    before: { disabled: false },
    after: { disabled: true },
  });
  const users = json<{ login: string; disabledAt: string | null }[]>("user", "list");
  expect(users.map(({ login, disabledAt }) => [login, disabledAt !== null])).toEqual([
    ["ada", true],
    ["admin", false],
  ]);
  expect(run("user", "list").stdout).toMatch(/^LOGIN +ROLES/);
});

test("tokens: created, used, rotated, revoked", async () => {
  const made = json<{ id: string; secret: string }>(
    "token",
    "create",
    "ci",
    "--user",
    "admin",
    "--roles",
    "viewer",
    "--days",
    "1",
  );
  const status = async (token: string) => (await call(meRoute, "/api/v1/me", { token })).status;
  expect(await status(made.secret)).toBe(200);
  const rotated = json<{ secret: string }>("token", "rotate", made.id, "--days", "2");
  expect([await status(made.secret), await status(rotated.secret)]).toEqual([401, 200]);
  json("token", "revoke", made.id);
  expect(await status(rotated.secret)).toBe(401);
  expect(json<{ state: string }[]>("token", "list").map(({ state }) => state)).toEqual(["revoked"]);
  expect(await keptIn(made.secret)).toEqual([]);
});

test.each([
  [1, ["user", "disable", "admin"], /last active admin/],
  [1, ["user", "enable", "nobody"], /no account nobody/],
  [1, ["user", "create", "admin", "--roles", "viewer"], /is taken/],
  [1, ["token", "create", "x", "--user", "admin", "--roles", "finance"], /does not hold finance/],
  [2, ["user", "create", "bob"], /--roles/],
  [2, ["user", "create", "b o b", "--roles", "viewer"], /login/i],
  [2, ["user", "create", "bob", "--roles", "root"], /--roles/],
  [2, ["user", "promote", "bob"], /Say list/],
  [2, ["token", "create", "x", "--user", "admin", "--roles", "viewer", "--days", "400"], /--days/],
  [2, ["token", "revoke", "ci"], /not a token's id/],
] as const)("exit code %i and a sentence for: plumbline %j", (code, args, sentence) => {
  const { status, stdout, stderr } = run(...args);
  expect(status).toBe(code);
  expect(stderr).toMatch(sentence);
  expect(stdout).toBe("");
});
