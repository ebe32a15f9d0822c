import { afterAll, beforeAll, expect, test } from "vitest";
import { POST as signInRoute } from "../../app/api/auth/callback/credentials/route.ts";
import { GET as csrfRoute } from "../../app/api/auth/csrf/route.ts";
import { GET as meRoute } from "../../app/api/v1/me/route.ts";
import { POST as stepUpRoute } from "../../app/api/v1/me/step-up/route.ts";
import { secureCookies } from "#lib/auth/cookie-name.ts";
import { securityHeaders } from "#lib/api/security-headers.ts";
import {
  addUser,
  call,
  type Ground,
  openGround,
  pairOf,
  problemCode,
  type TestUser,
} from "#tests/support/access.ts";

const PUBLIC = "https://plumbline.example.com";
/** As a proxy in front passes it on: its own inner host, the browser's Origin. */
const headers = { origin: PUBLIC, host: "10.0.0.5:3000" };

let ground: Ground;
let user: TestUser;

beforeAll(async () => {
  ground = await openGround({ PLUMBLINE_URL: PUBLIC });
  user = await addUser("ada", ["admin"]);
});
afterAll(() => ground.close());

/** What `__Host-` demands; a browser refuses the cookie otherwise. */
function expectHostCookie(setCookie: string): void {
  expect(setCookie).toMatch(/^__Host-plumbline\./);
  expect(setCookie).toMatch(/; Secure/);
  expect(setCookie).toMatch(/; Path=\/(;|$)/);
  expect(setCookie).toMatch(/; HttpOnly/);
  expect(setCookie).toMatch(/; SameSite=Lax/);
  expect(setCookie).not.toMatch(/Domain=/i);
}

test("over https every cookie is a __Host- cookie, from sign-in to step-up", async () => {
  const csrf = await call(csrfRoute, "/api/auth/csrf");
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const signedIn = await call(signInRoute, "/api/auth/callback/credentials", {
    method: "POST",
    headers,
    cookie: csrf.headers.getSetCookie().map(pairOf).join("; "),
    body: { csrfToken, login: "ada", password: user.password },
  });
  expect(signedIn.status).toBe(200);
  const all = [...csrf.headers.getSetCookie(), ...signedIn.headers.getSetCookie()];
  all.forEach(expectHostCookie);
  const cookie = pairOf(all.find((one) => one.startsWith("__Host-plumbline.session=")) ?? "");
  expect((await call(meRoute, "/api/v1/me", { cookie })).status).toBe(200);
  expect(
    (await call(meRoute, "/api/v1/me", { cookie: cookie.replace("__Host-", "") })).status,
  ).toBe(401);

  const again = await call(stepUpRoute, "/api/v1/me/step-up", {
    method: "POST",
    headers,
    cookie,
    body: { password: user.password },
  });
  expectHostCookie(again.headers.get("set-cookie") ?? "");
});

test("only the public address may change things, not even the inner host", async () => {
  const body = { csrfToken: "x", login: "ada", password: "x" };
  for (const origin of [
    "http://10.0.0.5:3000",
    "https://10.0.0.5:3000",
    "http://plumbline.example.com",
  ]) {
    const response = await call(signInRoute, "/api/auth/callback/credentials", {
      method: "POST",
      headers: { ...headers, origin },
      body,
    });
    expect(await problemCode(response)).toBe("csrf_rejected");
  }
});

test("browsers are told to stay on https", () => {
  expect(securityHeaders(secureCookies())["strict-transport-security"]).toMatch(/^max-age=\d{8}/);
});
