import type { AuthOptions } from "next-auth";
import { log } from "#lib/core/log.ts";
import { clientAddress } from "./client-address.ts";
import { SESSION_ABSOLUTE_SECONDS, sessionSecret } from "./cookie.ts";
import { cookieName, secureCookies } from "./cookie-name.ts";
import { accountOfClaims, oidcConfigured, provedAt, readClaims } from "./oidc.ts";
import { oidcProvider } from "./oidc-provider.ts";
import { type SignIn, signInVouched, signInWithPassword } from "./sign-in.ts";

/** What became of one request to next-auth, which itself only speaks in redirects. */
export interface SignInTrace {
  sessionId: string | null;
  /** Whatever `signIn…` threw. */
  failure: unknown;
}

/**
 * next-auth for one request. Its token carries nothing but the opaque id of a row in our session table;
 * whatever fails is kept in `trace`, so that callers get a code instead of an error page.
 */
export function authOptions(request: Request, requestId: string, trace: SignInTrace): AuthOptions {
  const from: SignIn = {
    requestId,
    address: clientAddress(request),
    userAgent: request.headers.get("user-agent"),
    cookie: request.headers.get("cookie"),
  };
  return {
    secret: sessionSecret(),
    session: { strategy: "jwt", maxAge: SESSION_ABSOLUTE_SECONDS },
    pages: { signIn: "/login", error: "/login" },
    useSecureCookies: secureCookies(),
    cookies: cookies(),
    providers: [passwordProvider(from, trace), ...(oidcConfigured() ? [oidcProvider()] : [])],
    callbacks: {
      signIn: ({ account, profile }) =>
        account?.provider !== "oidc" || vouched(profile, from, trace),
      jwt: ({ token }) => ({ sid: trace.sessionId ?? token["sid"] }),
    },
    logger: { error: (code, detail) => logQuietly(code, detail), warn: () => {}, debug: () => {} },
  };
}

function passwordProvider(from: SignIn, trace: SignInTrace): AuthOptions["providers"][number] {
  return {
    id: "credentials",
    name: "Password",
    type: "credentials",
    credentials: {},
    async authorize(typed: Record<string, unknown> | undefined) {
      const text = (name: string): string => (typeof typed?.[name] === "string" ? typed[name] : "");
      const proof = { password: text("password"), totp: text("totp") };
      const sessionId = await kept(trace, () => signInWithPassword(text("login"), proof, from));
      return sessionId === null ? null : { id: "session" };
    },
  };
}

async function vouched(profile: unknown, from: SignIn, trace: SignInTrace): Promise<boolean> {
  const sessionId = await kept(trace, async () => {
    const claims = readClaims(profile);
    return signInVouched(await accountOfClaims(claims), provedAt(claims), from);
  });
  return sessionId !== null;
}

async function kept(trace: SignInTrace, signIn: () => Promise<string>): Promise<string | null> {
  try {
    trace.sessionId = await signIn();
  } catch (error) {
    trace.failure = error;
  }
  return trace.sessionId;
}

function cookies(): AuthOptions["cookies"] {
  const options = { httpOnly: true, sameSite: "lax", path: "/", secure: secureCookies() } as const;
  const short = { ...options, maxAge: 15 * 60 };
  return {
    sessionToken: { name: cookieName("session"), options },
    csrfToken: { name: cookieName("csrf"), options },
    callbackUrl: { name: cookieName("callback"), options },
    state: { name: cookieName("state"), options: short },
    nonce: { name: cookieName("nonce"), options: short },
    pkceCodeVerifier: { name: cookieName("pkce"), options: short },
  };
}

/** The provider's messages may hold claims and codes: the log gets the kind of failure only. */
function logQuietly(code: string, detail: unknown): void {
  const inner = (detail as { error?: unknown } | null)?.error ?? detail;
  log.warn(
    { code, kind: inner instanceof Error ? inner.name : typeof inner },
    "sign-in through next-auth failed",
  );
}
