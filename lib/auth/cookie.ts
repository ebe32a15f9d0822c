import { decode, encode } from "next-auth/jwt";
import { env } from "#lib/config/env.ts";
import { keyFor } from "./keys.ts";

/** A session ends this long after sign-in, whatever happens. */
export const SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60;
/** A session ends after this long without a request. */
export const SESSION_IDLE_SECONDS = 30 * 60;

/** Browsers accept `__Host-` cookies only over https, so plain http (a local start) goes without. */
export function secureCookies(): boolean {
  return env().PLUMBLINE_URL.startsWith("https:");
}

export function cookieName(
  name: "session" | "csrf" | "state" | "nonce" | "pkce" | "callback",
): string {
  return `${secureCookies() ? "__Host-" : ""}plumbline.${name}`;
}

export function sessionSecret(): string {
  return keyFor("session").toString("base64url");
}

/** The value of the session cookie for an opaque session id. */
export function sealSessionId(sessionId: string): Promise<string> {
  return encode({
    token: { sid: sessionId },
    secret: sessionSecret(),
    maxAge: SESSION_ABSOLUTE_SECONDS,
  });
}

/** The opaque session id inside a Cookie header, or null when there is none that we sealed. */
export async function openSessionCookie(cookieHeader: string | null): Promise<string | null> {
  const sealed = cookieValue(cookieHeader, cookieName("session"));
  if (sealed === null) return null;
  try {
    const token = await decode({ token: sealed, secret: sessionSecret() });
    return typeof token?.sid === "string" ? token.sid : null;
  } catch {
    // Forged, expired or sealed with another secret: the same as no cookie.
    return null;
  }
}

function cookieValue(header: string | null, name: string): string | null {
  for (const part of header?.split(";") ?? []) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
