/** Socket errors and SQLSTATEs (08 connection, 53 resources, 57P shutdown) that say: the server is not there for us. */
const CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOENT",
]);
const STATES = /^(08|53|57P)/;
const MESSAGES =
  /timeout exceeded when trying to connect|query read timeout|connection terminated|server closed the connection/i;

/** Whether an error means that our own Postgres cannot be used now. Prisma wraps the driver's error: look inside too. */
export function isDatabaseDown(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  const code = "code" in error ? String(error.code) : "";
  if (
    CODES.has(code) ||
    STATES.test(code) ||
    /^P100[128]$|^P1017$|^P2024$/.test(code) ||
    MESSAGES.test(error.message)
  )
    return true;
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return inner.some((one) => isDatabaseDown(one, depth + 1));
}
