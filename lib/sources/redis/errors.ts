import { networkError, SourceError, type SourceErrorReason } from "../errors.ts";

/** What Redis and Valkey put first in an error reply, and ioredis' own wording for what never got a reply. */
const byMessage: [RegExp, SourceErrorReason, string][] = [
  [
    /^(WRONGPASS|NOAUTH|ERR invalid password|ERR AUTH)/,
    "auth_failed",
    "The server refused the login: check user and password.",
  ],
  [
    /NOPERM/,
    "permission",
    "The ACL user may not do this: run `plumbline doctor` for the missing rules.",
  ],
  [
    /^ERR unknown (sub)?command/,
    "permission",
    "The server does not offer this command: renamed, disabled or too old.",
  ],
  [
    /^ERR max number of clients/,
    "too_many_connections",
    "The server has no connection left (`maxclients`).",
  ],
  [/^READONLY/, "readonly", "The server is a read-only replica."],
  [
    /^DENIED/,
    "refused",
    "The server runs in protected mode: set a password or bind address there.",
  ],
  [
    /^ERR (invalid|DB index is out of range)/,
    "refused",
    "The database number in the URL does not exist.",
  ],
  [
    /^(LOADING|MASTERDOWN)/,
    "unreachable",
    "The server is still loading its data or has lost its primary.",
  ],
  [/^(BUSY|TRYAGAIN)/, "timeout", "The server is busy running a script."],
  [/Command timed out/, "timeout", "The server did not answer in time."],
  [/^Protocol error/, "protocol", "The answer is not the Redis protocol: is this the right port?"],
  [
    /Connection is closed|isn't writeable|connection close|Reached the max retries/i,
    "unreachable",
    "The connection was lost.",
  ],
];

/** Turns anything a Redis read can throw into a `SourceError` without keys, values or secrets in its message. */
export function redisError(error: unknown): SourceError {
  const known = networkError(error);
  if (known) return known;
  const message = error instanceof Error ? error.message : "";
  const match = byMessage.find(([pattern]) => pattern.test(message));
  return match
    ? new SourceError(match[1], match[2], error)
    : new SourceError("internal", "The server answered with an error.", error);
}
