import { env } from "#lib/config/env.ts";

/**
 * Where a request comes from: the address that the outermost trusted proxy saw (TRUSTED_PROXIES counts them).
 * Our own server appends its peer to X-Forwarded-For, so what a client writes there itself is never believed.
 */
export function clientAddress(request: Request): string | null {
  const chain = (request.headers.get("x-forwarded-for") ?? "")
    .split(",")
    .map((part) => part.trim());
  const address = chain.at(-1 - env().TRUSTED_PROXIES) ?? chain[0];
  return address === undefined || address === "" ? null : address.slice(0, 45);
}
