import type { Redis, RedisOptions } from "ioredis";
import type { CostMeter } from "../cost.ts";
import { SourceError } from "../errors.ts";
import { redisError } from "./errors.ts";
import { MeteredRedis } from "./metered.ts";
import { parseClientList, RedisInfo, type InfoSection, type RedisClient } from "./queries.ts";

const COMMAND_TIMEOUT_MS = 2_000;
const CONNECT_BUDGET_MS = 3_000;

/**
 * One connection to a Redis or Valkey. Nothing is queued while it is down and nothing reconnects by itself: the next
 * read connects again, at most once. Every failure is a `SourceError`; a silent server costs one command timeout.
 */
export class RedisConnection {
  readonly #redis: MeteredRedis;
  #connecting: Promise<void> | null = null;
  #lastError: unknown = null;
  #closed = false;

  constructor(url: string, cost: CostMeter) {
    this.#redis = new MeteredRedis(connectionOptions(url), cost);
    this.#redis.on("error", (error) => (this.#lastError = error));
  }

  /** Runs reads on the raw client, connecting first when needed. Keep every read bounded: never KEYS or an open range. */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = await this.ready();
    try {
      return await work(redis);
    } catch (error) {
      throw redisError(error);
    }
  }

  /** The connected raw client, for libraries that want one; its own errors are not translated. */
  async ready(): Promise<Redis> {
    if (this.#closed) throw new SourceError("internal", "The source is closed.");
    if (!this.#isReady()) {
      this.#connecting ??= this.#connect().finally(() => (this.#connecting = null));
      await this.#connecting;
    }
    return this.#redis;
  }

  info(section: InfoSection = "default"): Promise<RedisInfo> {
    return this.run(async (redis) => new RedisInfo(await redis.info(section)));
  }

  /** One configuration value; null when the server does not know the name. */
  config(name: string): Promise<string | null> {
    return this.run(async (redis) => {
      const answer = (await redis.config("GET", name)) as string[];
      return answer[1] ?? null;
    });
  }

  clients(): Promise<RedisClient[]> {
    return this.run(async (redis) => parseClientList(String(await redis.client("LIST"))));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#redis.drop();
    await this.#ended();
    await this.#connecting?.catch(() => {});
  }

  async #connect(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(
          new SourceError("timeout", `The server did not answer within ${CONNECT_BUDGET_MS} ms.`),
        );
        this.#redis.drop();
      }, CONNECT_BUDGET_MS);
    });
    try {
      await Promise.race([this.#handshake(), expired]);
    } catch (error) {
      this.#redis.drop();
      throw redisError(this.#lastError ?? error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #handshake(): Promise<void> {
    // A connection dropped a moment ago still has to end before ioredis opens another.
    await this.#ended();
    this.#lastError = null;
    await this.#redis.connect();
    // Not left to ioredis, which calls a connection "ready" for good that was lost while it named it.
    await this.#redis.client("SETNAME", "plumbline").catch((error: Error) => {
      if (!error.message.startsWith("NOPERM")) throw error;
    });
    // ioredis reports a refused AUTH or SELECT as an event and goes on, in database 0 and unauthenticated.
    if (this.#lastError) throw this.#lastError;
  }

  /** ioredis still says "ready" of a socket that was dropped a moment ago. */
  #isReady(): boolean {
    return this.#redis.status === "ready" && this.#redis.stream.writable;
  }

  async #ended(): Promise<void> {
    if (this.#redis.status === "wait" || this.#redis.status === "end") return;
    await new Promise<void>((resolve) => this.#redis.once("end", () => resolve()));
  }
}

/** Only the address and login come from the URL: its parameters must not switch our limits off. */
function connectionOptions(url: string): RedisOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const database = Number(pathname.slice(1) || 0);
  if (!Number.isInteger(database)) {
    throw new SourceError("refused", "The path of the URL must be a database number, such as /0.");
  }
  return {
    host: hostname.replace(/^\[|\]$/g, "") || "127.0.0.1",
    port: port ? Number(port) : 6379,
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" && { tls: {} }),
    db: database,
    disableClientInfo: true,
    lazyConnect: true,
    // The check would need INFO before we know whether the ACL allows it.
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
  };
}
