import pg from "pg";
import { log } from "../log.ts";

export type Pool = pg.Pool;
export type Client = pg.PoolClient;
export type Queryable = Pick<pg.Pool, "query">;

const types: pg.CustomTypesConfig = {
  // int8 as bigint: money and ids are never floats.
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.INT8
      ? (text: string) => BigInt(text)
      : pg.types.getTypeParser(oid, format as "text")) as pg.CustomTypesConfig["getTypeParser"],
};

/** A pool that gives up on a database that does not answer, so that callers fail fast instead of piling up. */
export function openPool(url: string, applicationName: string, max: number): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: applicationName,
    max,
    types,
    keepAlive: true,
    connectionTimeoutMillis: 2_000,
    query_timeout: 6_000,
    statement_timeout: 5_000,
    lock_timeout: 3_000,
    idle_in_transaction_session_timeout: 10_000,
  });
  pool.on("error", (error) =>
    log(`${applicationName}: an idle database connection broke: ${error.message}`),
  );
  return pool;
}

/** Runs `work` in a transaction. A connection whose state is uncertain afterwards is closed, not reused. */
export async function inTransaction<T>(pool: Pool, work: (tx: Client) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  let broken = false;
  try {
    await tx.query("BEGIN");
    const result = await work(tx);
    await tx.query("COMMIT");
    return result;
  } catch (error) {
    await tx.query("ROLLBACK").catch(() => (broken = true));
    throw error;
  } finally {
    tx.release(broken);
  }
}
