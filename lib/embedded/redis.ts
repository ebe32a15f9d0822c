import { join } from "node:path";
import { Redis } from "ioredis";
import { AppError, messageOf } from "#lib/core/errors.ts";
import { sleep } from "#lib/core/time.ts";
import { claimPlace, secretIn, serverEnv, type Place } from "./place.ts";
import { onFreePort, portTaken } from "./ports.ts";
import { startService, stopLeftover, type Service, type ServiceEnd } from "./service.ts";
import { canInstall, findProgram, installPackages } from "./system-packages.ts";

export interface RedisOptions {
  /** Holds everything of this server; made when absent. */
  dir: string;
  /** Preferred port; the next free one is taken when it is not. */
  port: number;
  /** Added to, or put in place of, the default directives. */
  config?: Record<string, string | number>;
  /** Told in one sentence when something noteworthy happened. */
  notice?: (line: string) => void;
}

export interface RedisServer extends Service {
  url: string;
  port: number;
}

const DEFAULTS = {
  bind: "127.0.0.1",
  daemonize: "no",
  appendonly: "yes",
  save: '""',
  "maxmemory-policy": "noeviction",
};

/** Starts a Redis (or Valkey) of our own in `dir`, stopping one that a crash left running there. */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const program = redisProgram(options.notice);
  const place = claimPlace(options.dir, options.notice);
  await stopLeftover(join(options.dir, RECORD));
  return onFreePort(options.port, (port) => launch(program, options, place, port));
}

async function launch(
  program: string,
  options: RedisOptions,
  place: Place,
  port: number,
): Promise<RedisServer> {
  const password = secretIn(join(options.dir, "password"));
  const directives = {
    ...DEFAULTS,
    port,
    dir: `"${place.dir}"`,
    requirepass: password,
    ...options.config,
  };
  const service = startService({
    command: program,
    // The configuration goes through stdin: the password shows neither in a file nor in the process list.
    args: ["-"],
    stdin: Object.entries(directives)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(""),
    cwd: place.dir,
    env: serverEnv(),
    log: join(options.dir, "redis.log"),
    record: join(options.dir, RECORD),
    account: place.account,
    stopSignal: "SIGTERM",
  });
  const url = `redis://:${password}@127.0.0.1:${port}`;
  try {
    await untilReady(service, url, port);
  } catch (error) {
    await service.stop();
    throw error;
  }
  return { url, port, ...service };
}

const RECORD = "redis.process.json";
/** Loading the append-only file comes first. */
const START_TIMEOUT_MS = 60_000;

async function untilReady(service: Service, url: string, port: number): Promise<void> {
  let ended: ServiceEnd | undefined;
  void service.exited.then((end) => (ended = end));
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const failure = await ping(url);
    if (failure === null) return;
    if (ended?.lastLines.includes("Address already in use")) throw portTaken(port);
    if (ended)
      throw new AppError("unavailable", `Redis did not start. Its last words:\n${ended.lastLines}`);
    if (Date.now() > deadline)
      throw new AppError("unavailable", `Redis does not answer: ${failure}`);
    await sleep(20);
  }
}

/** Null when the server at `url` answers, else why not. */
export async function ping(url: string): Promise<string | null> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
  });
  // The rejection only says that the connection is closed; the event says why.
  let reason: Error | undefined;
  client.on("error", (error) => (reason = error));
  try {
    await client.connect();
    await client.ping();
    return null;
  } catch (error) {
    return messageOf(reason ?? error);
  } finally {
    client.disconnect();
  }
}

/** No npm package carries a Redis server, so it comes from the system. */
export function redisProgram(notice: (line: string) => void = () => {}): string {
  const found = findProgram("redis-server", "valkey-server");
  if (found) return found;
  if (canInstall()) {
    notice("Installing redis-server with apt-get …");
    if (installPackages("redis-server")) return findProgram("redis-server") ?? missing();
  }
  return missing();
}

function missing(): never {
  throw new AppError("unavailable", "There is no Redis server on this system", {
    remedy:
      "Install the package redis-server (or valkey-server), or set REDIS_URL to a Redis of your own (6.2 or newer).",
  });
}
