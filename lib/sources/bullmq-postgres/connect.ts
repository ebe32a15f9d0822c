import pg from "pg";
import type { CostMeter } from "../cost.ts";
import { PostgresConnection } from "../postgres/connect.ts";

/** The Postgres that carries BullMQ queues: the same read-only, limited sessions as any other Postgres. */
export class BullmqPostgresConnection extends PostgresConnection {
  /** Only queues in these schemas count; null = in every schema that holds BullMQ's tables. */
  readonly schemas: readonly string[] | null;

  constructor(url: string, schemas: readonly string[] | null, cost: CostMeter) {
    super(url, cost);
    this.schemas = schemas;
  }
}

/** One of BullMQ's tables, types or functions, as SQL: a schema's name may hold anything. */
export const inSchema = (schema: string, name: string): string =>
  `${pg.escapeIdentifier(schema)}.${name}`;
