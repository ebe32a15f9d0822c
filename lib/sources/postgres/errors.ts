import { errorCode, networkError, SourceError, type SourceErrorReason } from "../errors.ts";

/** SQLSTATE, or its class when two characters long. Longer keys win. */
const byState: Record<string, [SourceErrorReason, string]> = {
  "28": [
    "auth_failed",
    "The server refused the login: check user and password, and pg_hba.conf for this host.",
  ],
  "3D000": ["refused", "The database named in the URL does not exist."],
  "42501": [
    "permission",
    "The role may not read this: run `plumbline doctor` for the missing grants.",
  ],
  "25006": ["readonly", "The session is read-only and the statement wanted to write."],
  "53300": ["too_many_connections", "The server has no connection left for this role."],
  "57014": ["timeout", "The statement ran into its time limit and was cancelled."],
  "55P03": ["timeout", "A lock could not be had in time; nothing was waited for."],
  "57P01": ["unreachable", "The server is shutting down or dropped the connection."],
  "57P02": ["unreachable", "The server is recovering from a crash."],
  "57P03": ["unreachable", "The server does not accept connections yet."],
  "57P05": ["unreachable", "The server closed an idle session."],
  "08P01": ["protocol", "The server did not accept the message."],
  "08": ["unreachable", "The connection failed."],
  "53": ["internal", "The server is out of memory, disk or another resource."],
};

/** Failures that only their fixed wording tells apart. */
const byMessage: [RegExp, SourceErrorReason, string][] = [
  [
    /unsupported startup parameter/i,
    "protocol",
    "A connection pooler such as PgBouncer refused our session limits: point the source at the server itself.",
  ],
  [
    /does not support SSL|establishing an SSL/i,
    "tls",
    "The server offers no TLS: change `sslmode` in the URL or enable TLS on the server.",
  ],
  [
    /password must be a (non-empty )?string/i,
    "auth_failed",
    "The server asks for a password and the URL has none.",
  ],
  [/SASL|SCRAM/, "auth_failed", "The password exchange failed."],
  [
    /terminated|not queryable|connection error/i,
    "unreachable",
    "The server closed the connection.",
  ],
  [
    /unexpected|invalid response|unknown message/i,
    "protocol",
    "The answer is not PostgreSQL's protocol: is this the right port?",
  ],
];

/** Turns anything a Postgres read can throw into a `SourceError` without data, SQL or secrets in its message. */
export function postgresError(error: unknown): SourceError {
  const known = networkError(error);
  if (known) return known;
  const state = errorCode(error);
  // Errors of a statement carry a code, and names of the user's own objects in their text: those are not searched.
  const message =
    error instanceof Error && (state === null || state === "08P01") ? error.message : "";
  const worded = byMessage.find(([pattern]) => pattern.test(message));
  if (worded) return new SourceError(worded[1], worded[2], error);
  const rule = state === null ? undefined : (byState[state] ?? byState[state.slice(0, 2)]);
  if (rule) return new SourceError(rule[0], rule[1], error);
  const detail =
    state === null ? "Reading the server failed." : `The server answered with SQLSTATE ${state}.`;
  return new SourceError("internal", detail, error);
}
