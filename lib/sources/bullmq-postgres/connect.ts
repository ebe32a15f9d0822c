import pg from "pg";
import type { CostMeter } from "../cost.ts";
import { PostgresConnection, type RunStatement } from "../postgres/connect.ts";

/** The Postgres that carries BullMQ queues: limited sessions as on any other Postgres, read-only but for retries. */
export class BullmqPostgresConnection extends PostgresConnection {
  /** Only queues in these schemas count; null = in every schema that holds BullMQ's tables. */
  readonly schemas: readonly string[] | null;

  constructor(url: string, schemas: readonly string[] | null, cost: CostMeter) {
    super(url, cost);
    this.schemas = schemas;
  }

  /** Runs `work` in a transaction that may write, where the role has the right to, and commits it unless it throws. */
  act<T>(work: (run: RunStatement) => Promise<T>): Promise<T> {
    return this.commit(work);
  }
}

/** One of BullMQ's tables, types or functions, as SQL: a schema's name may hold anything. */
export const inSchema = (schema: string, name: string): string =>
  `${pg.escapeIdentifier(schema)}.${name}`;
