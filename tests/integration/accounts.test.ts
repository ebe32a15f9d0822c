import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { POST as actionRoute } from "../../app/api/v1/actions/[action]/route.ts";
import { GET as meRoute } from "../../app/api/v1/me/route.ts";
import { GET as usersRoute } from "../../app/api/v1/users/route.ts";
import { ensureFirstAdmin } from "#lib/auth/first-admin.ts";
import { passwordFits } from "#lib/auth/passwords.ts";
import { lockUser, setRoles } from "#lib/auth/users.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import {
  addUser,
  call,
  cookieFor,
  type Ground,
  openGround,
  problemCode,
  type TestUser,
  tokenFor,
} from "#tests/support/access.ts";
import { acting, audited, keptIn } from "#tests/support/acting.ts";

const { submit, done } = acting(actionRoute);
let ground: Ground;
let boss: TestUser;
/** The boss, signed in. */
let me: { cookie: string };

beforeAll(async () => {
  ground = await openGround();
  boss = await addUser("boss", ["admin"]);
  me = { cookie: await cookieFor(boss) };
});
afterAll(() => ground.close());

async function hashOf(login: string): Promise<string | null> {
  const { rows } = await sql.query<{ hash: string }>(
    "SELECT password_hash AS hash FROM user_account WHERE login = $1",
    [login],
  );
  return rows[0]?.hash ?? null;
}

const status = async (who: { cookie: string } | { token: string }, route = meRoute) =>
  (await call(route, "/api/v1/me", who)).status;

test("the first administrator is made once, however many processes start, and never beside others", async () => {
  expect(await ensureFirstAdmin()).toBeNull();
  await sql.query("BEGIN; DELETE FROM session; DELETE FROM user_account; COMMIT");
  const made = (await Promise.all([1, 2, 3].map(() => ensureFirstAdmin()))).filter(
    (admin) => admin !== null,
  );
  expect(made).toHaveLength(1);
  expect(await passwordFits(await hashOf("admin"), made[0]?.password ?? "")).toBe(true);
  expect(await audited("auth.first_admin")).toMatchObject({ target: "user admin" });
  boss = await addUser("boss", ["admin"]);
  me = { cookie: await cookieFor(boss) };
});

describe("creating an account", () => {
  test("shows its password once, keeps it nowhere, and writes it down", async () => {
    const key = randomUUID();
    const input = { login: "Ada", name: "Ada", roles: ["finance", "viewer"] };
    const created = await done(me, "users.create", input, key);
    const password = created.once?.["password"] ?? "";
    expect(await passwordFits(await hashOf("ada"), password)).toBe(true);
    expect(await audited("users.create")).toEqual({
      target: "user ada",
      actor_login: "boss",
      outcome: "succeeded",
      before: null,
      after: { roles: ["viewer", "finance"] },
      reason: "as the test asks",
    });
    const again = await done(me, "users.create", input, key);
    expect(again.id).toBe(created.id);
    expect(again.once).toBeUndefined();
    expect(await keptIn(password)).toEqual([]);
  });

  test("sent ten times at once makes one", async () => {
    const key = randomUUID();
    const input = { login: "ten", name: "Ten", roles: ["viewer"] };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => submit(me, "users.create", input, key)),
    );
    const bodies = await Promise.all(
      answers.filter((answer) => answer.status === 200).map((answer) => answer.json()),
    );
    expect(bodies.filter((body) => (body as { once?: unknown }).once !== undefined)).toHaveLength(
      1,
    );
    expect((await sql.query("SELECT 1 FROM user_account WHERE login = 'ten'")).rows).toHaveLength(
      1,
    );
  });

  test.each([
    ["a login that is taken", { login: "boss", name: "B", roles: ["viewer"] }, "conflict"],
    ["a login with a space", { login: "a b", name: "B", roles: ["viewer"] }, "validation_failed"],
    ["no role", { login: "bob", name: "B", roles: [] }, "validation_failed"],
    [
      "a role that does not exist",
      { login: "bob", name: "B", roles: ["root"] },
      "validation_failed",
    ],
  ])("with %s is refused", async (_why, input, code) => {
    expect(await problemCode(await submit(me, "users.create", input))).toBe(code);
  });

  test("asks for a fresh proof of who one is, which a token cannot give", async () => {
    const old = { cookie: await cookieFor(boss) };
    await sql.query(
      "UPDATE session SET auth_at = now() - interval '6 minutes' WHERE user_id = $1::uuid",
      [boss.id],
    );
    const input = { login: "bob", name: "B", roles: ["viewer"] };
    expect(await problemCode(await submit(old, "users.create", input))).toBe("step_up_required");
    expect(
      await problemCode(await submit({ token: await tokenFor(boss) }, "users.create", input)),
    ).toBe("step_up_required");
    me = { cookie: await cookieFor(boss) };
  });
});

describe("changing an account", () => {
  test("roles count from the next request on, for sessions and tokens", async () => {
    const user = await addUser("cleo", ["admin"]);
    const hers = { cookie: await cookieFor(user) };
    const token = { token: await tokenFor(user) };
    expect(await status(hers, usersRoute)).toBe(200);
    await done(me, "users.setRoles", { id: user.id, roles: ["viewer"] });
    expect(await status(hers, usersRoute)).toBe(403);
    expect(await status(token, usersRoute)).toBe(403);
    expect(await audited("users.setRoles")).toMatchObject({
      target: "user cleo",
      before: { roles: ["admin"] },
      after: { roles: ["viewer"] },
    });
  });

  test("a reset password ends its sessions; the old one no longer fits", async () => {
    const user = await addUser("dora", ["viewer"]);
    const hers = { cookie: await cookieFor(user) };
    const reset = await done(me, "users.resetPassword", { id: user.id });
    expect(await status(hers)).toBe(401);
    expect(await passwordFits(await hashOf("dora"), user.password)).toBe(false);
    expect(await passwordFits(await hashOf("dora"), reset.once?.["password"] ?? "")).toBe(true);
    expect(await keptIn(reset.once?.["password"] ?? "")).toEqual([]);
  });

  test("a disabled account is out at once; enabled again, it must sign in anew", async () => {
    const user = await addUser("eve", ["viewer"]);
    const hers = { cookie: await cookieFor(user) };
    const token = { token: await tokenFor(user) };
    await done(me, "users.disable", { id: user.id });
    expect([await status(hers), await status(token)]).toEqual([401, 401]);
    await done(me, "users.enable", { id: user.id });
    expect([await status(hers), await status(token)]).toEqual([401, 200]);
  });

  test("of an identity provider leaves roles and password to it", async () => {
    const { id } = await addUser("fay", ["viewer"]);
    await sql.query(
      "UPDATE user_account SET issuer = 'https://id.example', subject = 's', password_hash = NULL WHERE id = $1::uuid",
      [id],
    );
    expect(await problemCode(await submit(me, "users.setRoles", { id, roles: ["admin"] }))).toBe(
      "precondition_failed",
    );
    expect(await problemCode(await submit(me, "users.resetPassword", { id }))).toBe(
      "precondition_failed",
    );
  });

  test("that does not exist is not found", async () => {
    expect(await problemCode(await submit(me, "users.disable", { id: randomUUID() }))).toBe(
      "not_found",
    );
  });
});

const demote = (id: string) =>
  transaction(async (tx) => setRoles(tx, await lockUser(tx, { id }), ["viewer"]));

describe("the last admin", () => {
  test("stays when two admins remove each other at the same moment", async () => {
    await sql.query("UPDATE user_account SET roles = '{viewer}' WHERE login <> 'boss'");
    const rival = await addUser("rival", ["admin"]);
    const ended = await Promise.allSettled([demote(rival.id), demote(boss.id)]);
    expect(ended.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(ended.find((one) => one.status === "rejected")?.reason).toMatchObject({
      code: "precondition_failed",
    });
    const left = await sql.query(
      "SELECT 1 FROM user_account WHERE 'admin' = ANY(roles) AND disabled_at IS NULL",
    );
    expect(left.rows).toHaveLength(1);
  });

  test("can neither lose the role nor be disabled; and nobody disables themselves", async () => {
    await sql.query(
      "UPDATE user_account SET roles = CASE login WHEN 'boss' THEN '{admin}' ELSE '{viewer}' END::text[]",
    );
    expect(
      await problemCode(await submit(me, "users.setRoles", { id: boss.id, roles: ["oncall"] })),
    ).toBe("precondition_failed");
    expect(await problemCode(await submit(me, "users.disable", { id: boss.id }))).toBe(
      "precondition_failed",
    );
    await addUser("second", ["admin"]);
    expect(await problemCode(await submit(me, "users.disable", { id: boss.id }))).toBe(
      "precondition_failed",
    );
    expect(await status(me)).toBe(200);
  });
});
