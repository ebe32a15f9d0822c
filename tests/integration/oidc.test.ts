import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { sql } from "#lib/db/sql.ts";
import type { RouteHandler } from "#lib/api/route.ts";
import { addUser, call, type Ground, openGround, ORIGIN, pairOf } from "#tests/support/access.ts";
import {
  CLIENT,
  type IdentityProvider,
  signInAtProvider,
  startIdentityProvider,
} from "#tests/support/identity-provider.ts";

interface App {
  csrf: RouteHandler;
  start: RouteHandler;
  back: RouteHandler;
  me: RouteHandler;
}

let ground: Ground;
let idp: IdentityProvider;
let other: IdentityProvider;
let app: App;

beforeAll(async () => {
  const callback = `${ORIGIN}/api/auth/callback/oidc`;
  [idp, other] = await Promise.all([
    startIdentityProvider(callback),
    startIdentityProvider(callback),
  ]);
  ground = await openGround();
  app = await appFor(idp.issuer);
});
beforeEach(() => {
  idp.tamper = null;
});
afterAll(async () => {
  await Promise.all([idp.close(), other.close()]);
  await ground.close();
});

/** The routes of a Plumbline that is configured for one provider. Settings are read once per process, so each gets fresh modules. */
async function appFor(issuer: string): Promise<App> {
  Object.assign(process.env, {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
    OIDC_ROLE_MAP: "sre=oncall,Finance Team=finance,platform=admin",
  });
  vi.resetModules();
  const [csrf, start, back, whoAmI] = await Promise.all([
    import("../../app/api/auth/csrf/route.ts"),
    import("../../app/api/auth/signin/oidc/route.ts"),
    import("../../app/api/auth/callback/oidc/route.ts"),
    import("../../app/api/v1/me/route.ts"),
  ]);
  return { csrf: csrf.GET, start: start.POST, back: back.GET, me: whoAmI.GET };
}

/** Starts a sign-in: where the browser goes, and the cookies it now holds. */
async function begin(
  at = app,
  body: Record<string, unknown> = {},
): Promise<{ url: string; cookie: string }> {
  const csrf = await call(at.csrf, "/api/auth/csrf");
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const jar = new Map<string, string>();
  const keep = (response: Response) => {
    for (const pair of response.headers.getSetCookie().map(pairOf))
      jar.set(pair.split("=")[0] ?? "", pair);
    return [...jar.values()].join("; ");
  };
  const request = {
    method: "POST",
    cookie: keep(csrf),
    body: { csrfToken, next: "/queues", ...body },
  };
  const started = await call(at.start, "/api/auth/signin/oidc", request);
  const { url } = (await started.json()) as { url: string };
  return { url, cookie: keep(started) };
}

async function comeBack(address: URL, cookie: string, at = app) {
  const response = await call(at.back, `${address.pathname}${address.search}`, { cookie });
  const session = response.headers
    .getSetCookie()
    .map(pairOf)
    .find((pair) => /^plumbline\.session=./.test(pair));
  return { status: response.status, location: response.headers.get("location"), session };
}

async function signIn(sub: string, at = app) {
  const { url, cookie } = await begin(at);
  return comeBack(await signInAtProvider(url, sub), cookie, at);
}

async function me(session: string | undefined, at = app) {
  return (await call(at.me, "/api/v1/me", { cookie: session ?? "" })).json() as Promise<{
    login: string;
    roles: string[];
    id: string;
  }>;
}

const sessions = async () =>
  (await sql.query<{ n: number }>("SELECT count(*)::int AS n FROM session")).rows[0]?.n;

describe("signing in at an identity provider", () => {
  test("uses code, PKCE, state and nonce; maps groups to roles; goes where the person wanted to", async () => {
    idp.people.set("s-1", {
      sub: "s-1",
      preferred_username: "Ada",
      name: "Ada L.",
      groups: ["sre", "unknown"],
    });
    const { url, cookie } = await begin();
    const asked = new URL(url).searchParams;
    expect(asked.get("response_type")).toBe("code");
    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("state")).toBeTruthy();
    expect(asked.get("nonce")).toBeTruthy();
    const back = await comeBack(await signInAtProvider(url, "s-1"), cookie);
    expect(back).toMatchObject({ status: 303, location: `${ORIGIN}/queues` });
    expect(await me(back.session)).toMatchObject({ login: "ada", roles: ["oncall"] });
  });

  test("roles follow the groups at every sign-in; the account stays", async () => {
    idp.people.set("s-2", { sub: "s-2", preferred_username: "ben", groups: ["sre"] });
    const before = await me((await signIn("s-2")).session);
    idp.people.set("s-2", {
      sub: "s-2",
      preferred_username: "renamed",
      groups: ["Finance Team", "platform"],
    });
    const after = await me((await signIn("s-2")).session);
    expect(after).toMatchObject({ id: before.id, login: "ben", roles: ["finance", "admin"] });
  });

  test("without a mapped group nobody gets in, and it is written down", async () => {
    idp.people.set("s-3", { sub: "s-3", groups: ["visitors"] });
    expect(await signIn("s-3")).toEqual({
      status: 303,
      location: "/login?error=forbidden",
      session: undefined,
    });
    const { rows } = await sql.query(
      "SELECT action, outcome FROM audit_event ORDER BY seq DESC LIMIT 1",
    );
    expect(rows).toEqual([{ action: "auth.login", outcome: "denied" }]);
  });

  test("a disabled account stays out", async () => {
    idp.people.set("s-4", { sub: "s-4", preferred_username: "dee", groups: ["sre"] });
    await signIn("s-4");
    await sql.query("UPDATE user_account SET disabled_at = now() WHERE login = 'dee'");
    expect(await signIn("s-4")).toMatchObject({
      location: "/login?error=forbidden",
      session: undefined,
    });
  });

  test("credentials count as proved when the provider says so", async () => {
    idp.people.set("s-5", { sub: "s-5", groups: ["sre"] });
    const before = Date.now();
    const { authAt } = (await me((await signIn("s-5")).session)) as unknown as { authAt: string };
    expect(Date.parse(authAt)).toBeGreaterThan(before - 5_000);
    const { url } = await begin(app, { again: true });
    expect(new URL(url).searchParams.get("prompt")).toBe("login");
  });
});

describe("identity is issuer and subject", () => {
  const email = "ada@example.com";

  test("the same e-mail and name with another subject is somebody else", async () => {
    idp.people.set("e-1", { sub: "e-1", preferred_username: "emily", email, groups: ["platform"] });
    idp.people.set("e-2", { sub: "e-2", preferred_username: "emily", email, groups: ["sre"] });
    const one = await me((await signIn("e-1")).session);
    const two = await me((await signIn("e-2")).session);
    expect(two.id).not.toBe(one.id);
    expect(two.login).toMatch(/^emily\+[0-9a-f]{12}$/);
    expect(two.roles).toEqual(["oncall"]);
  });

  test("a local account with the same login is not taken over", async () => {
    const local = await addUser("admin", ["admin"]);
    idp.people.set("e-3", { sub: "e-3", preferred_username: "admin", groups: ["sre"] });
    const stranger = await me((await signIn("e-3")).session);
    expect(stranger.id).not.toBe(`user:${local.id}`);
    expect(stranger.roles).toEqual(["oncall"]);
  });

  test("the same subject at another issuer is somebody else", async () => {
    idp.people.set("e-4", { sub: "e-4", preferred_username: "fay", groups: ["platform"] });
    const here = await me((await signIn("e-4")).session);
    const there = await appFor(other.issuer);
    other.people.set("e-4", { sub: "e-4", preferred_username: "fay", groups: ["sre"] });
    const stranger = await me((await signIn("e-4", there)).session, there);
    app = await appFor(idp.issuer);
    expect(stranger.id).not.toBe(here.id);
    expect(stranger.roles).toEqual(["oncall"]);
  });
});

describe("a tampered sign-in gives no session", () => {
  const refused = { status: 303, location: "/login?error=oidc_failed", session: undefined };

  beforeEach(() => {
    idp.people.set("t-1", { sub: "t-1", groups: ["platform"] });
  });

  test("a code that was used before", async () => {
    const { url, cookie } = await begin();
    const address = await signInAtProvider(url, "t-1");
    expect((await comeBack(address, cookie)).session).toBeDefined();
    const before = await sessions();
    expect(await comeBack(address, cookie)).toEqual(refused);
    expect(await sessions()).toBe(before);
  });

  test("the answer to somebody else's request", async () => {
    const mine = await begin();
    const theirs = await begin();
    const address = await signInAtProvider(theirs.url, "t-1");
    expect(await comeBack(address, mine.cookie)).toEqual(refused);
  });

  test("a state that we never sent", async () => {
    const { url, cookie } = await begin();
    const address = await signInAtProvider(url, "t-1");
    address.searchParams.set("state", "made-up");
    expect(await comeBack(address, cookie)).toEqual(refused);
  });

  test("no cookies of ours at all", async () => {
    const { url } = await begin();
    expect(await comeBack(await signInAtProvider(url, "t-1"), "")).toEqual(refused);
  });

  test("a provider whose tokens name another issuer than the configured one", async () => {
    const wrong = await appFor(idp.issuer.replace("127.0.0.1", "localhost"));
    const back = await signIn("t-1", wrong);
    app = await appFor(idp.issuer);
    expect(back).toEqual({
      status: 303,
      location: "/login?error=unauthenticated",
      session: undefined,
    });
  });

  test.each([
    ["unsigned", (_header: object, payload: object) => [{ alg: "none", typ: "JWT" }, payload, ""]],
    [
      "with another subject",
      (header: object, payload: object) => [header, { ...payload, sub: "e-1" }, null],
    ],
    [
      "for another audience",
      (header: object, payload: object) => [header, { ...payload, aud: "elsewhere" }, null],
    ],
  ])("an ID token %s", async (_name, change) => {
    idp.tamper = (token) => {
      const [header = "", payload = "", signature = ""] = token.split(".");
      const [nextHeader, nextPayload, nextSignature] = change(decode(header), decode(payload)) as [
        object,
        object,
        string | null,
      ];
      return [encode(nextHeader), encode(nextPayload), nextSignature ?? signature].join(".");
    };
    expect(await signIn("t-1")).toEqual(refused);
  });

  test("a start without our page's token never reaches the provider", async () => {
    const response = await call(app.start, "/api/auth/signin/oidc", {
      method: "POST",
      body: { csrfToken: "made up" },
    });
    expect(response.status).toBe(403);
  });

  test("a wish to go elsewhere afterwards leads home", async () => {
    const { url, cookie } = await begin(app, { next: "https://evil.example/" });
    const back = await comeBack(await signInAtProvider(url, "t-1"), cookie);
    expect(new URL(back.location ?? "", ORIGIN).href).toBe(`${ORIGIN}/`);
  });
});

const decode = (part: string): object =>
  JSON.parse(Buffer.from(part, "base64url").toString()) as object;
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
