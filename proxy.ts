import { type NextRequest, NextResponse } from "next/server";
import { databaseAlive } from "#lib/api/database-alive.ts";
import { outagePage } from "#lib/api/outage-page.ts";
import { DATA_POLICY, pagePolicy, securityHeaders } from "#lib/api/security-headers.ts";
import { cookieName, secureCookies } from "#lib/auth/cookie-name.ts";

export const config = { matcher: ["/((?!_next/static/).*)"] };

/**
 * Headers and shortcuts in front of everything. Nothing relies on it: whoever may read or do something is decided by
 * `route()` and the page's own reads, and a test walks all of those without this file.
 */
export async function proxy(request: NextRequest): Promise<Response> {
  const https = secureCookies();
  const headers = securityHeaders(https);
  // There are no Server Actions here: whoever calls one probes. (Next drops its other internal headers by itself.)
  if (request.headers.has("next-action")) {
    return new Response(null, { status: 400, headers });
  }
  const { pathname, search } = request.nextUrl;
  if (pathname.startsWith("/api/") || pathname === "/metrics") {
    return NextResponse.next({ headers: { ...headers, "content-security-policy": DATA_POLICY } });
  }
  if (pathname !== "/login" && !request.cookies.has(cookieName("session"))) {
    const login = new URL("/login", request.nextUrl);
    if (pathname !== "/") login.searchParams.set("next", pathname + search);
    return NextResponse.redirect(login, { status: 307, headers });
  }
  if (!(await databaseAlive()))
    return outagePage({ ...headers, "content-security-policy": DATA_POLICY });
  return page(request, headers, https);
}

/** Next reads the nonce from the request's policy and puts it on its own scripts. */
function page(request: NextRequest, headers: Record<string, string>, https: boolean): Response {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = pagePolicy({ nonce, https, development: process.env.NODE_ENV === "development" });
  const inner = new Headers(request.headers);
  inner.set("x-nonce", nonce);
  inner.set("content-security-policy", policy);
  return NextResponse.next({
    request: { headers: inner },
    headers: { ...headers, "content-security-policy": policy },
  });
}
