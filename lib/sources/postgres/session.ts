import pg from "pg";

/** The server cancels anything longer; see `lock_timeout` below for waits. */
export const STATEMENT_TIMEOUT_MS = 3_000;
const LOCK_TIMEOUT_MS = 100;

/** Ends every statement we send, so that our own work can be told apart in pg_stat_statements and pg_stat_activity. */
export const STATEMENT_TAG = "/* plumbline */";

/** At the end, because PostgreSQL 18 cuts what stands before the first word of a statement. */
export function tagged(sql: string): string {
  return `${sql.replace(/[\s;]+$/, "")}\n${STATEMENT_TAG}`;
}

/** URL parameters that say how to reach the server; any other could switch our limits off. */
const passedOn = new Set([
  "host",
  "port",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "sslnegotiation",
  "uselibpqcompat",
]);

/** int8 as bigint: a float would silently lose digits of counters and query ids. */
const types = new pg.TypeOverrides();
types.setTypeParser(20, (text) => BigInt(text));

/** The driver's settings for a session that cannot write, wait for locks, or run for long. */
export function sessionConfig(url: string): pg.ClientConfig {
  return {
    connectionString: withKnownParameters(url),
    application_name: "plumbline",
    types,
    keepAlive: true,
    options: [
      "default_transaction_read_only=on",
      `statement_timeout=${STATEMENT_TIMEOUT_MS}`,
      `lock_timeout=${LOCK_TIMEOUT_MS}`,
      "idle_in_transaction_session_timeout=10000",
    ]
      .map((setting) => `-c ${setting}`)
      .join(" "),
  };
}

function withKnownParameters(url: string): string {
  const at = url.indexOf("?");
  if (at === -1) return url;
  const kept = [...new URLSearchParams(url.slice(at + 1))].filter(([name]) => passedOn.has(name));
  return `${url.slice(0, at)}?${new URLSearchParams(kept)}`;
}
