import { SECOND } from "#lib/core/time.ts";
import type { RedisConnection } from "#lib/sources/redis/connect.ts";
import type { RedisInfo } from "#lib/sources/redis/queries.ts";
import type { Counters, Observation, RedisFacts } from "./observed.ts";
import { LOOKUPS, QUEUE_POPS } from "./redis-commands.ts";

/** The one cache a Redis is: its counters are those of the whole server, whatever the logical database. */
export const REDIS_KEY = "redis";

/** Two INFOs, no key is touched. */
export async function readRedis(
  conn: RedisConnection,
  { name, queueSigns }: { name: string; queueSigns: string[] },
): Promise<Observation> {
  const info = await conn.info();
  const commands = commandCounters(await conn.info("commandstats"));
  const databases = databasesOf(info);
  const limit = info.number("maxmemory");
  const facts: RedisFacts = {
    policy: info.text("maxmemory_policy"),
    operationsPerSecond: info.number("instantaneous_ops_per_sec"),
    maxMemoryBytes: limit === 0 ? null : limit,
    databases,
    queueSigns,
    commandsKnown: commands !== null,
  };
  const levels = {
    used_memory_bytes: info.number("used_memory"),
    max_memory_bytes: facts.maxMemoryBytes,
    keys: databases.reduce((sum, { keys }) => sum + keys, 0),
  };
  const cache = {
    key: REDIS_KEY,
    name,
    parent: null,
    main: true,
    epoch: info.text("run_id") ?? "",
    counters: { ...known(serverCounters(info)), ...commands },
    levels: known(levels),
    facts: { untimedBecause: NOT_TIMED, blockBytes: null, redis: facts },
  };
  return { kind: "redis", takenAt: serverTime(info), caches: [cache] };
}

const NOT_TIMED = "Redis keeps everything in memory: a miss is an answer, not a read.";

function serverCounters(info: RedisInfo): Record<string, number | null> {
  return {
    hits: info.number("keyspace_hits"),
    misses: info.number("keyspace_misses"),
    evicted: info.number("evicted_keys"),
    expired: info.number("expired_keys"),
    commands: info.number("total_commands_processed"),
  };
}

/** Null when the server does not tell. A command that was never called is not listed: 0. */
function commandCounters(info: RedisInfo): Counters | null {
  const stats = info.groups("cmdstat_");
  if (stats.size === 0) return null;
  const value = (command: string, field: "calls" | "usec"): number =>
    Number(stats.get(command)?.[field] ?? 0);
  const counters: Record<string, number> = {};
  for (const command of LOOKUPS) {
    counters[`calls_${command}`] = value(command, "calls");
    counters[`usec_${command}`] = value(command, "usec");
  }
  const pops = QUEUE_POPS.reduce((sum, command) => sum + value(command, "calls"), 0);
  return { ...counters, queue_pops: pops, calls_info: value("info", "calls") };
}

function databasesOf(info: RedisInfo): RedisFacts["databases"] {
  return [...info.groups("db")]
    .filter(([database]) => /^\d+$/.test(database))
    .map(([database, { keys, expires, avg_ttl: ttl }]) => ({
      database,
      keys: Number(keys),
      expiring: Number(expires),
      meanTtlMs: Number(ttl) > 0 ? Number(ttl) : null,
    }));
}

/** Servers before 6.2 do not tell their clock; then ours has to do. */
function serverTime(info: RedisInfo): number {
  const micros = info.number("server_time_usec");
  return micros === null ? Date.now() : (micros / 1_000_000) * SECOND;
}

function known(values: Record<string, number | null>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null),
  );
}
