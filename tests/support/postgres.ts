import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

export interface TestDatabase {
  /** As the ordinary role that owns the database. */
  url: string;
  /** As the superuser. */
  adminUrl: string;
  /** Ends its connections and removes it. */
  drop(): Promise<void>;
}

/** A fresh copy of the product's migrated schema. */
export const createDatabase = (): Promise<TestDatabase> => create("TEMPLATE plumbline_template");

/** A database without our schema, as a monitored system would have: pg_stat_statements is there and its role may read it. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const database = await create("TEMPLATE template0");
  await asAdmin(
    database.adminUrl,
    "CREATE EXTENSION pg_stat_statements",
    "GRANT pg_monitor TO plumbline_template",
  );
  return database;
}

async function create(from: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  const server = inject("postgresAdminUrl");
  await asAdmin(server, `CREATE DATABASE ${name} ${from} OWNER plumbline_template`);
  return {
    url: withDatabase(inject("postgresUrl"), name),
    adminUrl: withDatabase(server, name),
    drop: () => asAdmin(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function asAdmin(url: string, ...statements: string[]): Promise<void> {
  // Not through the template itself: Postgres copies a database only while nobody is connected to it.
  const target = url.endsWith("/plumbline_template") ? withDatabase(url, "postgres") : url;
  const client = new pg.Client({ connectionString: target });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
