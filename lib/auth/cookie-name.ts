import { env } from "#lib/config/env.ts";

/** Browsers accept `__Host-` cookies only over https, so plain http (a local start) goes without. */
export function secureCookies(): boolean {
  return env().PLUMBLINE_URL.startsWith("https:");
}

export function cookieName(
  name: "session" | "csrf" | "state" | "nonce" | "pkce" | "callback",
): string {
  return `${secureCookies() ? "__Host-" : ""}plumbline.${name}`;
}
