import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#lib/core/errors.ts";
import { sleep } from "#lib/core/time.ts";
import { claimPlace, secretIn, serverEnv, type Place } from "./place.ts";
import { onFreePort, portTaken } from "./ports.ts";
import { postgresBin } from "./postgres-binaries.ts";
import { createCluster, prepareDatabase, SETTINGS_FILE } from "./postgres-setup.ts";
import { commandOf, stopGroup } from "./process.ts";
import { startService, stopLeftover, type Service, type ServiceEnd } from "./service.ts";

export interface PostgresOptions {
  /** Holds everything of this server; made when absent. */
  dir: string;
  /** Preferred port; the next free one is taken when it is not. */
  port: number;
  /** The database, and the ordinary role of the same name that owns it. */
  database: string;
  /** Added to, or put in place of, the defaults of postgresql.conf. */
  settings?: Record<string, string | number>;
  /** Created in the database by the superuser. */
  extensions?: string[];
  /** Told in one sentence when something noteworthy happened. */
  notice?: (line: string) => void;
}

export interface PostgresServer extends Service {
  /** For the application: the role that owns the database and nothing else. */
  url: string;
  /** For set-up: the superuser, in the same database. */
  adminUrl: string;
  port: number;
}

const DEFAULTS = {
  listen_addresses: "127.0.0.1",
  // No socket file: nothing to leave behind, and no limit on the length of the state folder's path.
  unix_socket_directories: "",
  max_connections: 60,
  shared_buffers: "128MB",
  huge_pages: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  shared_preload_libraries: "pg_stat_statements",
  // Statement texts may hold personal data: they stay out of the log, also when they fail.
  log_min_error_statement: "panic",
};

/** Starts a PostgreSQL of our own in `dir` (created on first use), stopping one that a crash left running there. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const place = claimPlace(options.dir, options.notice);
  const data = join(place.dir, "data");
  await stopLeftover(join(options.dir, RECORD));
  await clearPostmasterPid(data);
  const bin = postgresBin(place);
  const admin = adminPassword(options.dir, data);
  if (!existsSync(data)) createCluster({ bin, place, data, password: admin });
  return onFreePort(options.port, (port) => launch({ options, place, data, bin, admin, port }));
}

interface Launch {
  options: PostgresOptions;
  place: Place;
  data: string;
  bin: string;
  admin: string;
  port: number;
}

async function launch({ options, place, data, bin, admin, port }: Launch): Promise<PostgresServer> {
  writeSettings(data, { ...DEFAULTS, port, ...options.settings });
  const service = startService({
    command: join(bin, "postgres"),
    args: ["-D", data],
    cwd: place.dir,
    env: serverEnv(),
    log: join(options.dir, "postgres.log"),
    record: join(options.dir, RECORD),
    account: place.account,
    // Fast shutdown: open transactions are rolled back, everything committed is kept.
    stopSignal: "SIGINT",
    graceMs: 30_000,
  });
  const server = `postgres://postgres:${admin}@127.0.0.1:${port}`;
  const password = secretIn(join(options.dir, "app-password"));
  try {
    await untilReady(service, port, () => prepareDatabase(server, { ...options, password }));
  } catch (error) {
    await service.stop();
    throw error;
  }
  const { database } = options;
  const url = `postgres://${database}:${password}@127.0.0.1:${port}/${database}`;
  return { url, adminUrl: `${server}/${database}`, port, ...service };
}

/** Repeats `prepare` until the server answers. A server that ends instead is reported with its own last words. */
async function untilReady(
  service: Service,
  port: number,
  prepare: () => Promise<void>,
): Promise<void> {
  let ended: ServiceEnd | undefined;
  void service.exited.then((end) => (ended = end));
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const failure = await prepare().then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
    if (failure === null) return;
    if (ended?.lastLines.includes("could not bind")) throw portTaken(port);
    if (ended)
      throw new AppError(
        "unavailable",
        `PostgreSQL did not start. Its last words:\n${ended.lastLines}`,
      );
    if (!STARTING.has(failure.code ?? "") || Date.now() > deadline) throw failure;
    await sleep(50);
  }
}

const RECORD = "postgres.process.json";
/** Recovery after a crash replays the log first; a small database needs seconds. */
const START_TIMEOUT_MS = 120_000;
/** Not listening yet, or `cannot_connect_now`. */
const STARTING = new Set(["ECONNREFUSED", "ECONNRESET", "57P03"]);

/** A lock file whose process is not a PostgreSQL on this folder is stale, even when another program has its number now. */
async function clearPostmasterPid(data: string): Promise<void> {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  if (commandOf(pid).includes(data)) await stopGroup(pid, "SIGINT", 30_000);
  rmSync(file, { force: true });
}

function adminPassword(dir: string, data: string): string {
  const file = join(dir, "admin-password");
  if (existsSync(data) && !existsSync(file)) {
    throw new AppError(
      "unavailable",
      `${file} is missing, and without it the database beside it cannot be opened`,
      {
        remedy: "Put the file back, or remove the whole folder to begin with an empty database.",
      },
    );
  }
  return secretIn(file);
}

function writeSettings(data: string, settings: Record<string, string | number>): void {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`,
  );
  writeFileSync(join(data, SETTINGS_FILE), lines.join(""));
}
