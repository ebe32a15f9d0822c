import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GET as csrfRoute } from "../../app/api/auth/csrf/route.ts";
import { POST as signInRoute } from "../../app/api/auth/callback/credentials/route.ts";
import { GET as meRoute } from "../../app/api/v1/me/route.ts";
import { POST as signOutRoute } from "../../app/api/v1/me/sign-out/route.ts";
import { sql } from "#lib/db/sql.ts";
import { sealTotpSecret } from "#lib/auth/totp.ts";
import {
  addUser,
  call,
  type Ground,
  openGround,
  pairOf,
  problemCode,
} from "#tests/support/access.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

/** Signs in as a browser does: token first, then the form. Each test uses an address of its own, as its failures are counted. */
async function signIn(
  login: string,
  password: string,
  more: { totp?: string; address?: string } = {},
): Promise<Response> {
  const csrf = await call(csrfRoute, "/api/auth/csrf");
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  return call(signInRoute, "/api/auth/callback/credentials", {
    method: "POST",
    cookie: csrf.headers.getSetCookie().map(pairOf).join("; "),
    headers: { "x-forwarded-for": more.address ?? "192.0.2.1" },
    body: { csrfToken, login, password, ...(more.totp !== undefined && { totp: more.totp }) },
  });
}

function sessionCookie(response: Response): string | undefined {
  return response.headers
    .getSetCookie()
    .map(pairOf)
    .find((pair) => pair.startsWith("plumbline.session="));
}

async function lastAudit() {
  const { rows } = await sql.query<{
    action: string;
    outcome: string;
    target: string;
    actor_login: string;
  }>("SELECT action, outcome, target, actor_login FROM audit_event ORDER BY seq DESC LIMIT 1");
  return rows[0];
}

describe("signing in with a password", () => {
  test("gives a cookie that names only a session, and an audit event", async () => {
    const user = await addUser("ada", ["oncall"]);
    const response = await signIn("Ada ", user.password);
    expect(response.status).toBe(200);
    expect(await lastAudit()).toEqual({
      action: "auth.login",
      outcome: "succeeded",
      target: "user ada",
      actor_login: "ada",
    });

    const set =
      response.headers.getSetCookie().find((cookie) => cookie.startsWith("plumbline.session=")) ??
      "";
    expect(set).toMatch(/HttpOnly/i);
    expect(set).toMatch(/SameSite=Lax/i);
    const me = await call(meRoute, "/api/v1/me", { cookie: pairOf(set) });
    expect(await me.json()).toMatchObject({ login: "ada", roles: ["oncall"], via: "session" });

    const { rows } = await sql.query<{ id: string }>(
      "SELECT id FROM session WHERE user_id = $1::uuid",
      [user.id],
    );
    expect(rows).toHaveLength(1);
    expect(set).not.toContain(rows[0]?.id);
  });

  test("a wrong password and an unknown login get the same answer", async () => {
    await addUser("ben", ["viewer"]);
    const answers = await Promise.all(
      [
        signIn("ben", "not his password", { address: "192.0.2.2" }),
        signIn("nobody", "whatever it is", { address: "192.0.2.3" }),
      ].map(async (pending) => {
        const response = await pending;
        const { requestId: _own, ...problem } = (await response.json()) as Record<string, unknown>;
        return { status: response.status, problem, cookie: sessionCookie(response) };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({
      status: 401,
      problem: { code: "unauthenticated" },
      cookie: undefined,
    });
  });

  test("a disabled account cannot sign in, even with the right password", async () => {
    const user = await addUser("cleo", ["viewer"]);
    await sql.query("UPDATE user_account SET disabled_at = now() WHERE id = $1::uuid", [user.id]);
    const response = await signIn("cleo", user.password);
    expect(await problemCode(response)).toBe("unauthenticated");
    expect(await lastAudit()).toMatchObject({ outcome: "denied", target: "user cleo" });
  });

  test("without the token of our own page nothing is even tried", async () => {
    const user = await addUser("dora", ["viewer"]);
    const response = await call(signInRoute, "/api/auth/callback/credentials", {
      method: "POST",
      body: { csrfToken: "made up", login: "dora", password: user.password },
    });
    expect(response.status).toBe(403);
    expect(await problemCode(response)).toBe("csrf_rejected");
  });

  test("a new sign-in ends the session that the browser still had; signing out ends the new one", async () => {
    const user = await addUser("eve", ["viewer"]);
    const first = sessionCookie(await signIn("eve", user.password)) as string;
    const csrf = await call(csrfRoute, "/api/auth/csrf");
    const { csrfToken } = (await csrf.json()) as { csrfToken: string };
    const again = await call(signInRoute, "/api/auth/callback/credentials", {
      method: "POST",
      cookie: [first, ...csrf.headers.getSetCookie().map(pairOf)].join("; "),
      body: { csrfToken, login: "eve", password: user.password },
    });
    const second = sessionCookie(again) as string;
    expect((await call(meRoute, "/api/v1/me", { cookie: first })).status).toBe(401);
    expect((await call(meRoute, "/api/v1/me", { cookie: second })).status).toBe(200);

    const out = await call(signOutRoute, "/api/v1/me/sign-out", { method: "POST", cookie: second });
    expect(out.headers.get("set-cookie")).toMatch(/^plumbline\.session=; .*Max-Age=0/);
    expect((await call(meRoute, "/api/v1/me", { cookie: second })).status).toBe(401);
    expect(await lastAudit()).toMatchObject({ action: "auth.logout", target: "user eve" });
  });
});

describe("one-time codes", () => {
  const secret = new Secret({ size: 20 });
  const code = () => new TOTP({ secret }).generate();

  test("are asked for after the right password only, and work once", async () => {
    const user = await addUser("fay", ["viewer"]);
    await sql.query("UPDATE user_account SET totp_secret = $2 WHERE id = $1::uuid", [
      user.id,
      sealTotpSecret(secret.base32, user.id),
    ]);
    const from = { address: "192.0.2.20" };

    expect(await problemCode(await signIn("fay", "wrong", from))).toBe("unauthenticated");
    expect(await problemCode(await signIn("fay", user.password, from))).toBe("totp_required");
    expect(await problemCode(await signIn("fay", user.password, { ...from, totp: "000000" }))).toBe(
      "unauthenticated",
    );
    const right = code();
    expect((await signIn("fay", user.password, { ...from, totp: right })).status).toBe(200);
    expect(await problemCode(await signIn("fay", user.password, { ...from, totp: right }))).toBe(
      "unauthenticated",
    );
  });

  test("of two sign-ins at once with the same code, one gets in", async () => {
    const user = await addUser("gil", ["viewer"]);
    await sql.query("UPDATE user_account SET totp_secret = $2 WHERE id = $1::uuid", [
      user.id,
      sealTotpSecret(secret.base32, user.id),
    ]);
    const totp = code();
    const answers = await Promise.all(
      [1, 2, 3].map(() => signIn("gil", user.password, { totp, address: "192.0.2.21" })),
    );
    // The losers are refused for the used code, or told to slow down when another loser came first.
    const [first, ...rest] = answers.map((answer) => answer.status).toSorted();
    expect(first).toBe(200);
    for (const status of rest) expect([401, 429]).toContain(status);
  });
});

describe("failed sign-ins", () => {
  test("have to wait ever longer per account, from whatever address", async () => {
    const user = await addUser("hal", ["viewer"]);
    const statuses: number[] = [];
    for (let at = 0; at < 20; at++) {
      statuses.push((await signIn("hal", "wrong", { address: `198.51.100.${at}` })).status);
    }
    expect(statuses.slice(0, 6)).toEqual([401, 401, 401, 401, 401, 401]);
    expect(new Set(statuses.slice(6))).toEqual(new Set([429]));

    const right = await signIn("hal", user.password, { address: "198.51.100.99" });
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);

    const waits: number[] = [];
    for (let at = 0; at < 8; at++) {
      await sql.query("UPDATE login_throttle SET next_allowed_at = now()");
      await signIn("hal", "wrong", { address: "198.51.100.98" });
      waits.push(
        Number(
          (await signIn("hal", "wrong", { address: "198.51.100.98" })).headers.get("retry-after"),
        ),
      );
    }
    expect(waits).toEqual([4, 8, 16, 32, 60, 60, 60, 60]);
    await sql.query("UPDATE login_throttle SET next_allowed_at = now()");
    expect((await signIn("hal", user.password, { address: "198.51.100.98" })).status).toBe(200);
    expect((await signIn("hal", "wrong", { address: "198.51.100.97" })).status).toBe(401);
  });

  test("have to wait per address, for whatever account", async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 25; at++)
      statuses.push((await signIn(`guess${at}`, "wrong", { address: "203.0.113.9" })).status);
    expect(statuses.slice(0, 21)).toEqual(Array.from({ length: 21 }, () => 401));
    expect(new Set(statuses.slice(21))).toEqual(new Set([429]));
  });

  test("cannot be outrun by guessing in parallel", async () => {
    await addUser("ida", ["viewer"]);
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        signIn("ida", "wrong", { address: `198.51.100.${100 + at}` }),
      ),
    );
    expect(all.filter((answer) => answer.status === 401)).toHaveLength(6);
  });

  test("are written down without what was typed", async () => {
    await signIn("my-password-typed-as-login", "hunter2hunter2", { address: "203.0.113.77" });
    const { rows } = await sql.query<{ row: string }>(
      "SELECT audit_event::text AS row FROM audit_event",
    );
    expect(
      rows.filter(({ row }) => row.includes("hunter2") || row.includes("my-password")),
    ).toEqual([]);
    expect(await lastAudit()).toMatchObject({
      action: "auth.login",
      outcome: "denied",
      target: "unknown account",
    });
  });
});
