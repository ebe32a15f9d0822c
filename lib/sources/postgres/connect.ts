import pg from "pg";
import { charge, type CostMeter } from "../cost.ts";
import { SourceError } from "../errors.ts";
import { Lane } from "../lane.ts";
import { COLUMNS, EXTENSION_SCHEMA } from "./catalogue.ts";
import { postgresError } from "./errors.ts";
import { sessionConfig, STATEMENT_TIMEOUT_MS, tagged } from "./session.ts";
import { Sockets } from "./sockets.ts";

/** Time for one call as seen from here: longer than the server's own limit, so only a silent server reaches it. */
const DEFAULT_BUDGET_MS = STATEMENT_TIMEOUT_MS + 1_000;
/** One connection collects; two more answer people (plans, actions) without waiting for a collection. */
const LANE_WIDTH = { collect: 1, interactive: 2 } as const;
const IDLE_MS = 300_000;
const CLOSE_PATIENCE_MS = 1_000;

export interface QueryOptions {
  /** Default `collect`. */
  lane?: keyof typeof LANE_WIDTH;
  /** Milliseconds until the connection is given up, connecting included; the server's own limit stays 3 s. */
  budgetMs?: number;
}

/** Runs one statement in an open transaction. */
export type RunStatement = <Row extends object = Record<string, unknown>>(
  sql: string,
  params?: readonly unknown[],
) => Promise<Row[]>;

/**
 * Read-only access to one Postgres over at most three connections. int8 arrives as bigint, numeric as string.
 * Every failure is a `SourceError`; a server that stops answering costs one budget, then its sockets are destroyed.
 */
export class PostgresConnection {
  readonly #url: string;
  readonly #cost: CostMeter;
  readonly #lanes = {
    collect: new Lane(LANE_WIDTH.collect),
    interactive: new Lane(LANE_WIDTH.interactive),
  };
  readonly #sockets = new Sockets();
  /** Ends each read that is under way. */
  readonly #giveUp = new Set<(why: SourceError) => void>();
  readonly #columns = new Map<string, ReadonlySet<string>>();
  #pool: pg.Pool | null;

  constructor(url: string, cost: CostMeter) {
    this.#url = url;
    this.#cost = cost;
    this.#pool = this.#newPool();
  }

  /** Runs one statement (extended protocol: a second one after `;` is refused) and returns its rows. */
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    params: readonly unknown[] = [],
    options: QueryOptions = {},
  ): Promise<Row[]> {
    return this.#run(options, (client) => this.#send<Row>(client, sql, params));
  }

  /** Runs `work` inside BEGIN READ ONLY, then rolls back and drops what it prepared. `set local` is the way to settings. */
  readOnlyTransaction<T>(
    work: (run: RunStatement) => Promise<T>,
    options: QueryOptions = {},
  ): Promise<T> {
    return this.#run({ lane: "interactive", ...options }, async (client) => {
      await this.#send(client, "begin read only");
      try {
        return await work((sql, params) => this.#send(client, sql, params));
      } finally {
        await this.#send(client, "rollback");
        await this.#send(client, "deallocate all");
      }
    });
  }

  /** For kinds that act: `work` in a transaction that may write where the role may, committed unless it throws. */
  protected commit<T>(work: (run: RunStatement) => Promise<T>): Promise<T> {
    return this.#run({ lane: "interactive" }, async (client) => {
      await this.#send(client, "begin read write");
      let result: T;
      try {
        result = await work((sql, params) => this.#send(client, sql, params));
      } catch (error) {
        await this.#send(client, "rollback");
        throw error;
      }
      await this.#send(client, "commit");
      return result;
    });
  }

  /** The columns a table, view or `schema.view` has; empty when there is none. Needs no right on it. */
  async columns(relation: string): Promise<ReadonlySet<string>> {
    const known = this.#columns.get(relation);
    if (known) return known;
    const rows = await this.query<{ name: string }>(COLUMNS, [relation]);
    const found = new Set(rows.map((row) => row.name));
    if (found.size > 0) this.#columns.set(relation, found);
    return found;
  }

  /** The quoted schema an extension lives in, null when it is not installed in this database. */
  async extensionSchema(name: string): Promise<string | null> {
    const rows = await this.query<{ schema: string }>(EXTENSION_SCHEMA, [name]);
    return rows[0]?.schema ?? null;
  }

  /** Ends every connection, politely for a second and then by force; reads under way fail at once. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    if (!pool) return;
    for (const giveUp of this.#giveUp)
      giveUp(new SourceError("internal", "The source was closed."));
    pool.end().catch(ignore);
    await this.#sockets.closed(CLOSE_PATIENCE_MS);
  }

  async #run<T>(options: QueryOptions, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return this.#lanes[options.lane ?? "collect"].run(async () => {
      const pool = this.#pool;
      if (!pool) throw new SourceError("internal", "The source is closed.");
      const started = performance.now();
      const { bytes } = this.#sockets;
      try {
        return await this.#withinBudget(pool, options.budgetMs ?? DEFAULT_BUDGET_MS, () =>
          useClient(pool, work),
        );
      } catch (error) {
        throw postgresError(error);
      } finally {
        charge(this.#cost, {
          targetMs: performance.now() - started,
          bytes: this.#sockets.bytes - bytes,
        });
      }
    });
  }

  async #withinBudget<T>(pool: pg.Pool, budgetMs: number, work: () => Promise<T>): Promise<T> {
    const { promise: gaveUp, reject } = Promise.withResolvers<never>();
    this.#giveUp.add(reject);
    const timer = setTimeout(() => {
      // Before the sockets, so that our sentence wins over the driver's "connection terminated".
      reject(new SourceError("timeout", `The server did not answer within ${budgetMs} ms.`));
      this.#replace(pool);
    }, budgetMs);
    try {
      return await Promise.race([work(), gaveUp]);
    } finally {
      clearTimeout(timer);
      this.#giveUp.delete(reject);
    }
  }

  /** A silent server owns every socket of its pool: drop them all and start over with fresh ones. */
  #replace(pool: pg.Pool): void {
    if (this.#pool !== pool) return;
    this.#pool = this.#newPool();
    this.#sockets.destroyAll();
    pool.end().catch(ignore);
  }

  async #send<Row extends object>(
    client: pg.PoolClient,
    sql: string,
    params: readonly unknown[] = [],
  ): Promise<Row[]> {
    charge(this.#cost, { statements: 1 });
    const statement = { text: tagged(sql), values: [...params], queryMode: "extended" };
    const result = await client.query<Row>(statement);
    return result.rows;
  }

  #newPool(): pg.Pool {
    const pool = new pg.Pool({
      ...sessionConfig(this.#url),
      max: LANE_WIDTH.collect + LANE_WIDTH.interactive,
      idleTimeoutMillis: IDLE_MS,
      stream: () => this.#sockets.create(),
    });
    // An idle connection that dies must not end the process; the next read reports it.
    pool.on("error", ignore);
    // A new connection may reach an upgraded server.
    pool.on("connect", () => this.#columns.clear());
    return pool;
  }
}

const ignore = (): void => {};

async function useClient<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  // Without a listener a dropped connection would be thrown as an uncaught error between two statements.
  client.on("error", ignore);
  let failed = true;
  try {
    const result = await work(client);
    failed = false;
    return result;
  } finally {
    client.off("error", ignore);
    client.release(failed && client.getTransactionStatus() !== "I");
  }
}
