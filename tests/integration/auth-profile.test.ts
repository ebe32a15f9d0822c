import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GET as meRoute } from "../../app/api/v1/me/route.ts";
import { GET as ownSessionsRoute } from "../../app/api/v1/me/sessions/route.ts";
import { POST as passwordRoute } from "../../app/api/v1/me/password/route.ts";
import { POST as stepUpRoute } from "../../app/api/v1/me/step-up/route.ts";
import { POST as disableRoute } from "../../app/api/v1/me/totp/disable/route.ts";
import { POST as enableRoute } from "../../app/api/v1/me/totp/enable/route.ts";
import { POST as setupRoute } from "../../app/api/v1/me/totp/setup/route.ts";
import type { RouteHandler } from "#lib/api/route.ts";
import { sql } from "#lib/db/sql.ts";
import {
  addUser,
  call,
  cookieFor,
  type Ground,
  openGround,
  pairOf,
  problemCode,
  type TestUser,
} from "#tests/support/access.ts";
import { audited } from "#tests/support/acting.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

const post = (route: RouteHandler, cookie: string, body: object) =>
  call(route, route.spec.path, { method: "POST", cookie, body });
const status = async (cookie: string) => (await call(meRoute, "/api/v1/me", { cookie })).status;

/** The cookie that the answer puts in place of the old one. */
function renewed(response: Response): string {
  expect(response.status).toBe(200);
  return pairOf(response.headers.get("set-cookie") ?? "");
}

async function makeStale(user: TestUser): Promise<void> {
  await sql.query(
    "UPDATE session SET auth_at = now() - interval '1 hour' WHERE user_id = $1::uuid",
    [user.id],
  );
}

async function authAge(cookie: string): Promise<number> {
  const me = (await (await call(meRoute, "/api/v1/me", { cookie })).json()) as { authAt: string };
  return Date.now() - Date.parse(me.authAt);
}

/** Turns codes on as the profile page does; returns how to make them. */
async function enableTotp(user: TestUser, cookie: string): Promise<{ cookie: string; totp: TOTP }> {
  const setup = (await (await post(setupRoute, cookie, {})).json()) as {
    secret: string;
    sealed: string;
    qr: { path: string };
  };
  expect(setup.qr.path).toMatch(/^(M\d+ \d+h1v1h-1z)+$/);
  const totp = new TOTP({ secret: Secret.fromBase32(setup.secret) });
  const body = { sealed: setup.sealed, code: totp.generate(), password: user.password };
  return { cookie: renewed(await post(enableRoute, cookie, body)), totp };
}

describe("proving it again", () => {
  test("with the password makes the proof fresh, under a new session id", async () => {
    const user = await addUser("ada", ["admin"]);
    const old = await cookieFor(user);
    await makeStale(user);
    expect(await authAge(old)).toBeGreaterThan(3_500_000);
    const cookie = renewed(await post(stepUpRoute, old, { password: user.password }));
    expect(await authAge(cookie)).toBeLessThan(60_000);
    expect(await status(old)).toBe(401);
    expect(await audited("auth.step_up")).toMatchObject({
      target: "user ada",
      outcome: "succeeded",
    });
  });

  test("with a wrong password changes nothing, counts as a failure and is written down", async () => {
    const user = await addUser("ben", ["admin"]);
    const cookie = await cookieFor(user);
    await makeStale(user);
    const codes: string[] = [];
    for (let at = 0; at < 8; at++)
      codes.push(await problemCode(await post(stepUpRoute, cookie, { password: "wrong" })));
    expect(codes.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => "unauthenticated"));
    expect(codes.at(-1)).toBe("rate_limited");
    expect(await authAge(cookie)).toBeGreaterThan(3_500_000);
    expect(await audited("auth.step_up")).toMatchObject({ target: "user ben", outcome: "denied" });
  });

  test("with a code alone works where codes are on, once", async () => {
    const user = await addUser("cleo", ["admin"]);
    const { cookie, totp } = await enableTotp(user, await cookieFor(user));
    await sql.query("UPDATE user_account SET totp_last_step = NULL WHERE id = $1::uuid", [user.id]);
    const code = totp.generate();
    const next = renewed(await post(stepUpRoute, cookie, { totp: code }));
    expect(await problemCode(await post(stepUpRoute, next, { totp: code }))).toBe(
      "unauthenticated",
    );
  });

  test("is not possible here for accounts of an identity provider", async () => {
    const user = await addUser("dora", ["admin"]);
    const cookie = await cookieFor(user);
    await sql.query(
      "UPDATE user_account SET issuer = 'i', subject = 's', password_hash = NULL WHERE id = $1::uuid",
      [user.id],
    );
    expect(await problemCode(await post(stepUpRoute, cookie, { password: "anything" }))).toBe(
      "forbidden",
    );
  });
});

describe("changing one's password", () => {
  test("needs the current one, ends all other sessions, keeps this one under a new id", async () => {
    const user = await addUser("eve", ["viewer"]);
    const [here, elsewhere] = [await cookieFor(user), await cookieFor(user)];
    const next = "four unrelated words here";
    expect(await problemCode(await post(passwordRoute, here, { current: "wrong", next }))).toBe(
      "unauthenticated",
    );
    expect(
      await problemCode(await post(passwordRoute, here, { current: user.password, next: "short" })),
    ).toBe("validation_failed");
    expect(await status(elsewhere)).toBe(200);
    const cookie = renewed(await post(passwordRoute, here, { current: user.password, next }));
    expect([await status(here), await status(elsewhere), await status(cookie)]).toEqual([
      401, 401, 200,
    ]);
    expect(
      await problemCode(await post(passwordRoute, cookie, { current: user.password, next })),
    ).toBe("unauthenticated");
    renewed(await post(passwordRoute, cookie, { current: next, next: "yet another four words" }));
    expect(await audited("auth.password_changed")).toMatchObject({
      target: "user eve",
      before: null,
      after: null,
    });
  });
});

describe("one-time codes", () => {
  test("are stored sealed, and only once the authenticator has shown that it works", async () => {
    const user = await addUser("fay", ["viewer"]);
    const cookie = await cookieFor(user);
    const setup = (await (await post(setupRoute, cookie, {})).json()) as {
      secret: string;
      sealed: string;
    };
    const wrong = { sealed: setup.sealed, code: "000000", password: user.password };
    expect(await problemCode(await post(enableRoute, cookie, wrong))).toBe("validation_failed");
    const code = new TOTP({ secret: Secret.fromBase32(setup.secret) }).generate();
    expect(
      await problemCode(await post(enableRoute, cookie, { ...wrong, code, password: "wrong" })),
    ).toBe("unauthenticated");
    renewed(await post(enableRoute, cookie, { ...wrong, code }));
    const { rows } = await sql.query<{ row: string; on: boolean }>(
      "SELECT u::text AS row, totp_secret IS NOT NULL AS on FROM user_account u WHERE login = 'fay'",
    );
    expect(rows[0]?.on).toBe(true);
    expect(rows[0]?.row).not.toContain(setup.secret);
    expect(await audited("auth.totp_enabled")).toMatchObject({ target: "user fay" });
  });

  test("cannot be set up with what was sealed for somebody else", async () => {
    const [gil, hal] = [await addUser("gil", ["viewer"]), await addUser("hal", ["viewer"])];
    const { secret, sealed } = (await (
      await post(setupRoute, await cookieFor(gil), {})
    ).json()) as { secret: string; sealed: string };
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const stolen = await post(enableRoute, await cookieFor(hal), {
      sealed,
      code,
      password: hal.password,
    });
    expect(await problemCode(stolen)).toBe("validation_failed");
  });

  test("are turned off with the password and a code, not with one of them", async () => {
    const user = await addUser("ida", ["viewer"]);
    const { cookie, totp } = await enableTotp(user, await cookieFor(user));
    await sql.query("UPDATE user_account SET totp_last_step = NULL WHERE id = $1::uuid", [user.id]);
    const code = totp.generate();
    expect(await problemCode(await post(disableRoute, cookie, { password: user.password }))).toBe(
      "validation_failed",
    );
    expect(
      await problemCode(await post(disableRoute, cookie, { password: "wrong", totp: code })),
    ).toBe("unauthenticated");
    expect(
      await problemCode(
        await post(disableRoute, cookie, { password: user.password, totp: "000000" }),
      ),
    ).toBe("unauthenticated");
    const next = renewed(await post(disableRoute, cookie, { password: user.password, totp: code }));
    expect(await (await call(meRoute, "/api/v1/me", { cookie: next })).json()).toMatchObject({
      profile: { totp: false },
    });
    expect(await audited("auth.totp_disabled")).toMatchObject({ target: "user ida" });
  });
});

test("one sees one's own sessions only, and which is this one", async () => {
  const user = await addUser("jo", ["viewer"]);
  const cookie = await cookieFor(user);
  await cookieFor(user);
  const { rows } = (await (
    await call(ownSessionsRoute, "/api/v1/me/sessions", { cookie })
  ).json()) as { rows: { login: string; current: boolean }[] };
  expect(rows.map(({ login }) => login)).toEqual(["jo", "jo"]);
  expect(rows.filter(({ current }) => current)).toHaveLength(1);
});
