import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export interface Person {
  sub: string;
  groups?: readonly string[];
  [claim: string]: unknown;
}

export interface IdentityProvider {
  issuer: string;
  people: Map<string, Person>;
  /** Changes the ID token on its way out, as an attacker between us and the provider would. */
  tamper: ((idToken: string) => string) | null;
  close(): Promise<void>;
}

export const CLIENT = { id: "plumbline", secret: "a client secret of the test's own" };

/** A real OpenID provider on loopback. Whoever types a known subject as login is signed in. */
export async function startIdentityProvider(redirectUri: string): Promise<IdentityProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const people = new Map<string, Person>();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
    cookies: { keys: ["a cookie key of the test's own"] },
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    claims: { openid: ["sub"], profile: ["preferred_username", "name", "email", "groups"] },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({ groups: [], ...people.get(sub), sub }) as { sub: string },
    }),
  });
  const idp: IdentityProvider = {
    issuer,
    people,
    tamper: null,
    close: () =>
      new Promise((resolve) => void (server.closeAllConnections(), server.close(() => resolve()))),
  };
  provider.use(async (context, next) => {
    await next();
    const body = context.body as { id_token?: string } | undefined;
    if (idp.tamper && body?.id_token !== undefined) body.id_token = idp.tamper(body.id_token);
  });
  server.on("request", provider.callback());
  return idp;
}

/** Walks through the provider's pages as `sub` would, and returns the address it sends the browser back to. */
export async function signInAtProvider(url: string, sub: string): Promise<URL> {
  const jar = new Map<string, string>();
  let next = new URL(url);
  for (let step = 0; step < 12; step++) {
    if (next.pathname.startsWith("/api/auth/callback")) return next;
    const form = /\/interaction\/[^/]+$/.test(next.pathname) ? await formOf(next, jar) : null;
    const response = await visit(
      next,
      jar,
      form === null
        ? {}
        : { method: "POST", body: new URLSearchParams({ ...form, login: sub, password: "any" }) },
    );
    const location = response.headers.get("location");
    if (location === null)
      throw new Error(`stuck at ${next.pathname}: ${response.status} ${await response.text()}`);
    next = new URL(location, next);
  }
  throw new Error("the provider never sent the browser back");
}

/** Hidden fields of the provider's built-in page: `prompt` is `login` or `consent`. */
async function formOf(page: URL, jar: Map<string, string>): Promise<Record<string, string>> {
  const html = await (await visit(page, jar, {})).text();
  const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1];
  if (prompt === undefined) throw new Error(`no form on ${page.pathname}`);
  return { prompt };
}

async function visit(url: URL, jar: Map<string, string>, init: RequestInit): Promise<Response> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const response = await fetch(url, { ...init, headers: { cookie }, redirect: "manual" });
  for (const set of response.headers.getSetCookie()) {
    const [name = "", value = ""] = (set.split(";")[0] as string).split(/=(.*)/s);
    jar.set(name, value);
  }
  return response;
}
