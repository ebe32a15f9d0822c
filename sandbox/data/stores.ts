import { join } from "node:path";
import { messageOf } from "#lib/core/errors.ts";
import { secretIn } from "#lib/embedded/place.ts";
import { startPostgres, type PostgresServer } from "#lib/embedded/postgres.ts";
import { startRedis, type RedisServer } from "#lib/embedded/redis.ts";
import { sleep } from "#lib/core/time.ts";
import { log } from "../log.ts";
import { PREFERRED_PORTS } from "../settings.ts";
import { grantMonitor, grantRedisUsers, redisUrlsFor, type RedisUrls } from "./access.ts";

export interface Stores {
  /** As the owner of the database. */
  databaseUrl: string;
  /** As the superuser, for set-up. */
  databaseAdminUrl: string;
  /** As Redis' default user. */
  redisUrl: string;
  /** For Plumbline, with no more rights than it needs. */
  plumbline: { database: string; redis: RedisUrls };
}

/** Harbour Pay's own Postgres and Redis, kept running: one that dies is started again on the same port. */
export async function startStores(
  home: string,
  onStop: (stop: () => Promise<void>) => void,
): Promise<Stores> {
  const password = secretIn(join(home, "plumbline-password"));
  const postgres = await keepRunning(
    "Postgres",
    (port) => startDatabase(join(home, "postgres"), port),
    PREFERRED_PORTS.postgres,
  );
  onStop(postgres.stop);
  const redis = await keepRunning(
    "Redis",
    (port) => startCache(join(home, "redis"), port, password),
    PREFERRED_PORTS.redis,
  );
  onStop(redis.stop);
  return {
    databaseUrl: postgres.first.url,
    databaseAdminUrl: postgres.first.adminUrl,
    redisUrl: redis.first.url,
    plumbline: {
      database: await grantMonitor(postgres.first.adminUrl, password),
      redis: redisUrlsFor(redis.first.url, password),
    },
  };
}

function startDatabase(dir: string, port: number): Promise<PostgresServer> {
  return startPostgres({
    dir,
    port,
    database: "payments",
    extensions: ["pg_stat_statements"],
    notice: log,
    settings: {
      max_connections: 40,
      shared_buffers: "64MB",
      track_io_timing: "on",
      max_wal_size: "256MB",
      // One core must do: a scan of the whole table stays in the backend that asked for it.
      max_parallel_workers_per_gather: 0,
    },
  });
}

async function startCache(dir: string, port: number, password: string): Promise<RedisServer> {
  const server = await startRedis({ dir, port, notice: log, config: { maxmemory: "96mb" } });
  await grantRedisUsers(server.url, password).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return server;
}

const RESTART_MS = 1_000;

interface Kept<S> {
  first: S;
  stop(): Promise<void>;
}

async function keepRunning<S extends PostgresServer | RedisServer>(
  name: string,
  start: (port: number) => Promise<S>,
  preferred: number,
): Promise<Kept<S>> {
  const first = await start(preferred);
  let current: S = first;
  let stopping = false;

  async function watch(): Promise<void> {
    const { code, signal } = await current.exited;
    if (stopping) return;
    log(`${name} ended (${signal ?? `code ${code}`}); starting it again`);
    await again();
    return watch();
  }

  async function again(): Promise<void> {
    await sleep(RESTART_MS);
    if (stopping) return;
    try {
      current = await start(first.port);
      if (stopping) await current.stop();
    } catch (error) {
      log(`${name} does not start: ${messageOf(error)}`);
      return again();
    }
  }

  const watching = watch();
  return {
    first,
    async stop() {
      stopping = true;
      await current.stop();
      await watching;
    },
  };
}
