import { env } from "#lib/config/env.ts";
import { AppError } from "#lib/core/errors.ts";

/**
 * Refuses a mutation that carries a browser's cookie unless our own page sent it: JSON content type (no form can send it),
 * our exact Origin (missing and `null` are refused) and, where the browser tells, Sec-Fetch-Site same-origin.
 */
export function assertSameOrigin(request: Request): void {
  const origin = request.headers.get("origin");
  if (origin === null || !isOurOrigin(origin, request.headers.get("host")))
    throw rejected(`The request's Origin is ${origin ?? "missing"}.`);
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none")
    throw rejected(`The browser says that the request comes from another site (${site}).`);
  assertJson(request);
}

export function assertJson(request: Request): void {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new AppError("unsupported_media_type", "The request must be JSON", {
      remedy: "Send `Content-Type: application/json`.",
    });
  }
}

/**
 * PLUMBLINE_URL, or the very host that the browser addressed: cookies are bound to one host, so a page of that host is ours.
 * A page elsewhere cannot choose its Origin header.
 */
function isOurOrigin(origin: string, host: string | null): boolean {
  if (!URL.canParse(origin)) return false;
  const sent = new URL(origin);
  const configured = new URL(env().PLUMBLINE_URL);
  if (sent.origin === configured.origin) return origin === sent.origin;
  return (
    configured.protocol === "http:" &&
    sent.protocol === "http:" &&
    host !== null &&
    sent.host === host.toLowerCase()
  );
}

function rejected(detail: string): AppError {
  return new AppError("csrf_rejected", "This change did not come from a page of Plumbline", {
    detail,
    remedy: "Open Plumbline at the address set as PLUMBLINE_URL and try again.",
  });
}
