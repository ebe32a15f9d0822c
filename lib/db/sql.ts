import pg from "pg";
import { env } from "#lib/config/env.ts";

/** int8 as bigint and numeric as string: a float would silently lose digits. */
const types = new pg.TypeOverrides();
types.setTypeParser(20, (text) => BigInt(text));

/** Module state is per bundle in Next, so the one pool of the process lives on globalThis. */
const POOL = Symbol.for("plumbline.pool");
const holder = globalThis as unknown as { [POOL]?: pg.Pool };

/** The pool on Plumbline's own database. */
export function pool(): pg.Pool {
  holder[POOL] ??= createPool(env().DATABASE_URL);
  return holder[POOL];
}

export function createPool(connectionString: string, max = 8): pg.Pool {
  const created = new pg.Pool({
    connectionString,
    max,
    types,
    application_name: "plumbline",
    connectionTimeoutMillis: 3_000,
    query_timeout: 15_000,
    // A process that freezes inside a transaction must not hold its locks, above all that of the audit chain.
    idle_in_transaction_session_timeout: 10_000,
    idleTimeoutMillis: 30_000,
  });
  // An idle connection that dies must not end the process; the next query reports the failure.
  created.on("error", () => {});
  // Nor may one that dies in the middle of a transaction: the statement that follows fails.
  created.on("connect", (client) => client.on("error", () => {}));
  return created;
}

/** Anything that runs SQL: the pool, or one connection inside a transaction. */
export interface Sql {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    params?: unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export const sql: Sql = {
  query: (text, params) => pool().query(text, params),
};

/** Runs `work` in one transaction on one connection; rolls back when it throws. */
export async function transaction<T>(
  work: (tx: Sql) => Promise<T>,
  on: pg.Pool = pool(),
): Promise<T> {
  const client = await on.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work({ query: (text, params) => client.query(text, params) });
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // A connection that cannot even roll back is thrown away instead of returned to the pool.
    await client.query("ROLLBACK").catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Closes the process's connections; the next use opens new ones. */
export async function closePool(): Promise<void> {
  const open = holder[POOL];
  delete holder[POOL];
  await open?.end();
}
