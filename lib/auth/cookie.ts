import { decode, encode } from "next-auth/jwt";
import { cookieName, secureCookies } from "./cookie-name.ts";
import { keyFor } from "./keys.ts";

/** A session ends this long after sign-in, whatever happens. */
export const SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60;
/** A session ends after this long without a request. */
export const SESSION_IDLE_SECONDS = 30 * 60;

export function sessionSecret(): string {
  return keyFor("session").toString("base64url");
}

/** The value of the session cookie for an opaque session id. */
function sealSessionId(sessionId: string): Promise<string> {
  return encode({
    token: { sid: sessionId },
    secret: sessionSecret(),
    maxAge: SESSION_ABSOLUTE_SECONDS,
  });
}

/** The opaque session id inside a Cookie header, or null when there is none that we sealed. */
export async function openSessionCookie(cookieHeader: string | null): Promise<string | null> {
  const sealed = parseCookies(cookieHeader).get(cookieName("session"));
  if (sealed === undefined) return null;
  try {
    const token = await decode({ token: sealed, secret: sessionSecret() });
    return typeof token?.sid === "string" ? token.sid : null;
  } catch {
    // Forged, expired or sealed with another secret: the same as no cookie.
    return null;
  }
}

/** The cookies of a Cookie header; a name that comes twice keeps its first value. */
export function parseCookies(header: string | null): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of header?.split(";") ?? []) {
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim();
    if (at > 0 && !cookies.has(name)) cookies.set(name, decoded(part.slice(at + 1).trim()));
  }
  return cookies;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Set-Cookie for a new session id, or the one that removes the cookie. */
export async function sessionCookieHeader(sessionId: string | null): Promise<string> {
  const value = sessionId === null ? "" : await sealSessionId(sessionId);
  const age = sessionId === null ? 0 : SESSION_ABSOLUTE_SECONDS;
  const secure = secureCookies() ? "; Secure" : "";
  return `${cookieName("session")}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${secure}`;
}
