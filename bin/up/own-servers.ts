import { join } from "node:path";
import pg from "pg";
import { startPostgres, type PostgresServer } from "#lib/embedded/postgres.ts";
import { startRedis, type RedisServer } from "#lib/embedded/redis.ts";
import type { Say } from "./progress.ts";

const POSTGRES_PORT = 15_432;
const REDIS_PORT = 16_379;

/** Plumbline's own Postgres; at `port` once it is known to others. */
export function ownPostgres(home: string, say: Say, port?: number): Promise<PostgresServer> {
  const start = startPostgres({
    dir: join(home, "postgres"),
    port: port ?? POSTGRES_PORT,
    database: "plumbline",
    extensions: ["pg_trgm"],
    notice: say,
  });
  return atPort(start, port);
}

/** Plumbline's own Redis; at `port` once it is known to others. */
export function ownRedis(home: string, say: Say, port?: number): Promise<RedisServer> {
  return atPort(
    startRedis({ dir: join(home, "redis"), port: port ?? REDIS_PORT, notice: say }),
    port,
  );
}

/** The address of a server that starts again is already in use by others: it must not change. */
async function atPort<S extends { port: number; stop(): Promise<void> }>(
  start: Promise<S>,
  port?: number,
): Promise<S> {
  const server = await start;
  if (port === undefined || server.port === port) return server;
  await server.stop();
  throw new Error(`port ${port} has been taken by another program`);
}

/**
 * Lets the migrations hand the audit log to a role of its own (see the migration audit_owner), and takes that right from
 * the application again.
 */
export async function withAuditRole<T>(adminUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      "SELECT FROM pg_roles WHERE rolname = 'plumbline_audit'",
    );
    if (rowCount === 0) await client.query("CREATE ROLE plumbline_audit NOLOGIN");
    await client.query("GRANT plumbline_audit TO plumbline WITH INHERIT FALSE, SET TRUE");
    return await work();
  } finally {
    await client.query("REVOKE plumbline_audit FROM plumbline");
    await client.end();
  }
}
