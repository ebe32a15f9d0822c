import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { POST as actionRoute } from "../../app/api/v1/actions/[action]/route.ts";
import { GET as meRoute } from "../../app/api/v1/me/route.ts";
import { GET as tokensRoute } from "../../app/api/v1/tokens/route.ts";
import { sql } from "#lib/db/sql.ts";
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
let me: { cookie: string };

beforeAll(async () => {
  ground = await openGround();
  boss = await addUser("boss", ["admin"]);
  me = { cookie: await cookieFor(boss) };
});
afterAll(() => ground.close());

const whoIs = (token: string) => call(meRoute, "/api/v1/me", { token });

describe("API tokens", () => {
  test("show their secret once, work, and are listed without it", async () => {
    const created = await done(me, "tokens.create", { name: "ci", roles: ["viewer"], days: 30 });
    const secret = created.once?.["secret"] ?? "";
    expect(secret).toMatch(/^pl_[\w-]{43}$/);
    expect(await (await whoIs(secret)).json()).toMatchObject({
      login: "boss (token ci)",
      roles: ["viewer"],
      via: "token",
      authAt: null,
    });
    const list = await (await call(tokensRoute, "/api/v1/tokens", me)).text();
    expect(list).toContain(secret.slice(0, 9));
    expect(list).not.toContain(secret.slice(0, 12));
    expect(await keptIn(secret)).toEqual([]);
  });

  test("never hold more than their creator and never live longer than a year", async () => {
    expect(
      await problemCode(
        await submit(me, "tokens.create", { name: "x", roles: ["finance"], days: 1 }),
      ),
    ).toBe("forbidden");
    expect(
      await problemCode(
        await submit(me, "tokens.create", { name: "x", roles: ["viewer"], days: 366 }),
      ),
    ).toBe("validation_failed");
    expect(
      (await done(me, "tokens.create", { name: "x", roles: ["oncall"], days: 365 })).state,
    ).toBe("succeeded");
  });

  test("replaced or revoked, the old secret is dead", async () => {
    const { result, once } = await done(me, "tokens.create", {
      name: "rotating",
      roles: ["viewer"],
      days: 1,
    });
    const rotated = await done(me, "tokens.rotate", { id: result["id"], days: 2 });
    const secret = rotated.once?.["secret"] ?? "";
    expect((await whoIs(once?.["secret"] ?? "")).status).toBe(401);
    expect((await whoIs(secret)).status).toBe(200);
    await done(me, "tokens.revoke", { id: result["id"] });
    expect((await whoIs(secret)).status).toBe(401);
    expect(
      await problemCode(await submit(me, "tokens.rotate", { id: result["id"], days: 2 })),
    ).toBe("conflict");
    expect(await audited("tokens.revoke")).toMatchObject({
      target: "token rotating",
      before: { revoked: false },
      after: { revoked: true },
    });
  });

  test("say when they were last used, written at most once a minute", async () => {
    const token = await tokenFor(boss);
    const used = async () => {
      await whoIs(token);
      const { rows } = await sql.query<{ at: Date }>(
        "SELECT last_used_at AS at FROM api_token WHERE name = $1",
        ["boss's"],
      );
      return rows[0]?.at;
    };
    const first = await used();
    expect(first).toBeInstanceOf(Date);
    expect(await used()).toEqual(first);
    await sql.query("UPDATE api_token SET last_used_at = now() - interval '2 minutes'");
    expect((await used())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Infinity);
  });
});

const idOf = async (user: TestUser) => {
  const { rows } = await sql.query<{ id: string }>(
    "SELECT id FROM session WHERE user_id = $1::uuid ORDER BY created_at DESC LIMIT 1",
    [user.id],
  );
  return rows[0]?.id;
};
const status = async (who: { cookie: string }) => (await call(meRoute, "/api/v1/me", who)).status;

describe("ending sessions", () => {
  test("an admin ends anybody's, everybody their own and nobody else's", async () => {
    const [gil, hal] = [await addUser("gil", ["viewer"]), await addUser("hal", ["viewer"])];
    const gils = { cookie: await cookieFor(gil) };
    const hals = { cookie: await cookieFor(hal) };
    const id = await idOf(hal);
    expect(await problemCode(await submit(gils, "sessions.revoke", { id }))).toBe("forbidden");
    expect(await problemCode(await submit(gils, "profile.endSession", { id }))).toBe("not_found");
    expect(await status(hals)).toBe(200);
    await done(me, "sessions.revoke", { id });
    expect(await status(hals)).toBe(401);

    const elsewhere = { cookie: await cookieFor(gil) };
    await done(gils, "profile.endSession", { id: await idOf(gil) });
    expect([await status(elsewhere), await status(gils)]).toEqual([401, 200]);
    expect(await audited("profile.endSession")).toMatchObject({
      target: "session of gil",
      actor_login: "gil",
    });
  });
});
