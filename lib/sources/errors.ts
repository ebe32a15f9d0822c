/** Why a source could not be read. Closed on purpose: metrics and the UI use it as a label. */
export const sourceErrorReasons = [
  "unreachable",
  "refused",
  "auth_failed",
  "timeout",
  "permission",
  "tls",
  "protocol",
  "too_many_connections",
  "readonly",
  "internal",
] as const;

export type SourceErrorReason = (typeof sourceErrorReasons)[number];

/**
 * A failure of somebody else's system. `message` is a public sentence: it never holds the URL, its password or
 * a payload. The driver's own error is `cause` and must not be shown or logged as it is.
 */
export class SourceError extends Error {
  readonly code = "source_error";
  readonly reason: SourceErrorReason;

  constructor(reason: SourceErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SourceError";
    this.reason = reason;
  }
}

export function isSourceError(error: unknown): error is SourceError {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as { code?: unknown }).code === "source_error"
  );
}

/** The `code` of a Node, driver or server error (`ECONNREFUSED`, `42501`); null when there is none. */
export function errorCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : null;
}

const networkReasons: Record<string, [SourceErrorReason, string]> = {
  ECONNREFUSED: [
    "refused",
    "Nothing accepts connections at this address: check host and port, and that the server runs.",
  ],
  ENOTFOUND: ["unreachable", "The host name cannot be resolved."],
  EAI_AGAIN: ["unreachable", "The host name cannot be resolved right now."],
  EHOSTUNREACH: ["unreachable", "There is no route to the host."],
  ENETUNREACH: ["unreachable", "There is no route to the host."],
  ECONNRESET: ["unreachable", "The connection was reset."],
  EPIPE: ["unreachable", "The connection was closed by the other side."],
  ENOENT: ["refused", "The socket file does not exist."],
  EACCES: ["refused", "This process may not open the socket file."],
  ETIMEDOUT: ["timeout", "The server did not accept a connection in time."],
};

const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_|EPROTO$)/;

/** Classifies what the network or TLS layer reports; null when the error is the server's own. */
export function networkError(error: unknown): SourceError | null {
  if (isSourceError(error)) return error;
  const code = errorCode(error);
  if (code === null) return null;
  const known = networkReasons[code];
  if (known) return new SourceError(known[0], known[1], error);
  if (tlsCode.test(code)) {
    return new SourceError(
      "tls",
      `The TLS handshake failed (${code}): check the certificate and the URL's TLS settings.`,
      error,
    );
  }
  return null;
}
