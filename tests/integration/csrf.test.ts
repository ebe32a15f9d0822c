import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { POST as signInRoute } from "../../app/api/auth/callback/credentials/route.ts";
import { POST as actionRoute } from "../../app/api/v1/actions/[action]/route.ts";
import { POST as setupRoute } from "../../app/api/v1/me/totp/setup/route.ts";
import {
  addUser,
  call,
  cookieFor,
  type Ground,
  openGround,
  ORIGIN,
  problemCode,
  tokenFor,
} from "#tests/support/access.ts";

let ground: Ground;
let cookie: string;
let token: string;

beforeAll(async () => {
  ground = await openGround();
  const user = await addUser("ada", ["admin"]);
  cookie = await cookieFor(user);
  token = await tokenFor(user);
});
afterAll(() => ground.close());

/** `""` removes a header that a request from our own page has. */
const REFUSED: [string, Record<string, string>, number, string][] = [
  ["no Origin", { origin: "" }, 403, "csrf_rejected"],
  ["a sandboxed page's Origin", { origin: "null" }, 403, "csrf_rejected"],
  ["another site", { origin: "https://evil.example" }, 403, "csrf_rejected"],
  ["a sibling subdomain", { origin: "http://evil.localhost:3000" }, 403, "csrf_rejected"],
  ["another port of this host", { origin: "http://localhost:3001" }, 403, "csrf_rejected"],
  ["the same host over another scheme", { origin: "https://localhost:3000" }, 403, "csrf_rejected"],
  ["our name as a prefix", { origin: `${ORIGIN}.evil.example` }, 403, "csrf_rejected"],
  ["our Origin with a path", { origin: `${ORIGIN}/` }, 403, "csrf_rejected"],
  ["no URL at all", { origin: "localhost" }, 403, "csrf_rejected"],
  [
    "a cross-site request, as the browser says",
    { "sec-fetch-site": "cross-site" },
    403,
    "csrf_rejected",
  ],
  [
    "a same-site request, as the browser says",
    { "sec-fetch-site": "same-site" },
    403,
    "csrf_rejected",
  ],
  [
    "a form",
    { "content-type": "application/x-www-form-urlencoded" },
    415,
    "unsupported_media_type",
  ],
  [
    "a form with a file",
    { "content-type": "multipart/form-data; boundary=x" },
    415,
    "unsupported_media_type",
  ],
  ["text", { "content-type": "text/plain" }, 415, "unsupported_media_type"],
  [
    "text that hints at JSON",
    { "content-type": "text/plain; application/json" },
    415,
    "unsupported_media_type",
  ],
  ["no content type", { "content-type": "" }, 415, "unsupported_media_type"],
];

const ACCEPTED: [string, Record<string, string>][] = [
  ["our own page", {}],
  ["an old browser that does not say where it comes from", { "sec-fetch-site": "" }],
  ["an address typed by hand", { "sec-fetch-site": "none" }],
  ["JSON with a charset", { "content-type": "Application/JSON; charset=utf-8" }],
  [
    "the very host that the browser addressed",
    { host: "plumbline.lan:8080", origin: "http://plumbline.lan:8080" },
  ],
];

describe("a change with a session's cookie", () => {
  test.each(REFUSED)("from %s is refused", async (_from, headers, status, code) => {
    const response = await call(setupRoute, "/api/v1/me/totp/setup", {
      method: "POST",
      cookie,
      headers,
    });
    expect(response.status).toBe(status);
    expect(await problemCode(response)).toBe(code);
  });

  test.each(ACCEPTED)("from %s is accepted", async (_from, headers) => {
    const response = await call(setupRoute, "/api/v1/me/totp/setup", {
      method: "POST",
      cookie,
      headers,
    });
    expect(response.status).toBe(200);
  });

  test("is refused before the action, its key or its permission is looked at", async () => {
    const response = await call(actionRoute, "/api/v1/actions/users.disable", {
      method: "POST",
      cookie,
      headers: { origin: "https://evil.example" },
      params: { action: "users.disable" },
      body: { input: {}, reason: "forged" },
    });
    expect(await problemCode(response)).toBe("csrf_rejected");
  });
});

describe("signing somebody in from another site", () => {
  test.each(REFUSED)("from %s is refused", async (_from, headers, status) => {
    const body = { csrfToken: "x", login: "ada", password: "x" };
    const response = await call(signInRoute, "/api/auth/callback/credentials", {
      method: "POST",
      body,
      headers,
    });
    expect(response.status).toBe(status);
  });
});

const send = (headers: Record<string, string>) =>
  call(actionRoute, "/api/v1/actions/users.disable", {
    method: "POST",
    token,
    headers,
    params: { action: "users.disable" },
    body: { input: {}, reason: "by a script" },
  });

describe("a change with a token", () => {
  test("needs no Origin: no browser sends it by itself", async () => {
    const response = await send({ origin: "", "sec-fetch-site": "" });
    expect(await problemCode(response)).toBe("idempotency_key_missing");
  });

  test("is JSON too", async () => {
    expect((await send({ "content-type": "text/plain" })).status).toBe(415);
  });
});
