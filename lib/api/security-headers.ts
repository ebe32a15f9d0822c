/** Response headers of every page and answer. `https` adds what only makes sense there. */
export function securityHeaders(https: boolean): Record<string, string> {
  return {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy":
      "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ...(https && { "strict-transport-security": "max-age=63072000" }),
  };
}

/** What a page may load: scripts only with this request's nonce and what those load, everything else from ourselves. */
export function pagePolicy({
  nonce,
  https,
  development,
}: {
  nonce: string;
  https: boolean;
  development: boolean;
}): string {
  const directives = [
    "default-src 'none'",
    // React's development build needs eval for its error overlays.
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' ${development ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    // The widths of bars and the like come as style attributes, which can run nothing.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    ...(https ? ["upgrade-insecure-requests"] : []),
  ];
  return directives.join("; ");
}

/** Answers of the API are data: opened as a page, they may do nothing at all. */
export const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";
