import { Redis, type RedisOptions } from "ioredis";
import { env } from "#lib/config/env.ts";
import { AppError } from "#lib/core/errors.ts";
import { log } from "#lib/core/log.ts";

/** The hash tag keeps every key of ours in one slot of a Redis Cluster, as BullMQ's scripts need. */
export const KEY_PREFIX = "{plumbline}";

const OWN = Symbol.for("plumbline.redis");
const holder = globalThis as unknown as { [OWN]?: Redis };

/** How every connection of ours comes back. */
export const RECONNECT = {
  connectTimeout: 3_000,
  keepAlive: 10_000,
  retryStrategy: (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 5), 2_000),
} satisfies RedisOptions;

/**
 * The process's shared connection to Plumbline's own Redis, for short commands. A command fails within 1.5 s when the
 * server is gone or frozen; it never waits for ever and never blocks the caller.
 */
export function ownRedis(): Redis {
  holder[OWN] ??= watch(
    new Redis(env().REDIS_URL, { ...RECONNECT, commandTimeout: 1_500, maxRetriesPerRequest: 1 }),
  );
  return holder[OWN];
}

/** A connection of one's own that may block or subscribe; it reconnects for ever. The caller closes it. */
export function dedicatedRedis(): Redis {
  return watch(new Redis(env().REDIS_URL, { ...RECONNECT, maxRetriesPerRequest: null }));
}

/** Resolves once the shared connection is usable. Throws `unavailable` after `timeoutMs`. */
export async function readyRedis(timeoutMs = 1_000): Promise<Redis> {
  const redis = ownRedis();
  if (redis.status === "ready") return redis;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onReady = (): void => resolve(true);
  const timer = setTimeout(() => resolve(false), timeoutMs);
  redis.once("ready", onReady);
  const ready = await promise;
  clearTimeout(timer);
  redis.off("ready", onReady);
  if (ready) return redis;
  throw unreachable();
}

export function unreachable(cause?: unknown): AppError {
  return new AppError("unavailable", "Plumbline's own Redis does not answer", {
    remedy: "Check that the server at REDIS_URL runs.",
    cause,
  });
}

export function closeRedis(): void {
  const open = holder[OWN];
  delete holder[OWN];
  open?.disconnect();
}

/** Logs an outage once when it starts and once when it ends, not on every attempt. */
function watch(redis: Redis): Redis {
  let down = false;
  redis.on("error", (error: Error) => {
    if (!down)
      log.error(
        { err: error },
        "Plumbline's own Redis is unreachable; trying again until it answers",
      );
    down = true;
  });
  redis.on("ready", () => {
    if (down) log.info("Plumbline's own Redis answers again");
    down = false;
  });
  return redis;
}
