import pg from "pg";
import { Redis } from "ioredis";

/** The role Plumbline observes the database with: statistics, and SELECT so that it can ask for plans; no writing. */
export async function grantMonitor(adminUrl: string, password: string): Promise<string> {
  // pg_stat_statements would keep the text of ALTER ROLE, password and all.
  const client = new pg.Client({
    connectionString: adminUrl,
    options: "-c pg_stat_statements.track=none",
  });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [MONITOR]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${MONITOR} LOGIN`);
    await client.query(
      `ALTER ROLE ${MONITOR} CONNECTION LIMIT 10 PASSWORD ${client.escapeLiteral(password)}`,
    );
    await client.query(`ALTER ROLE ${MONITOR} SET default_transaction_read_only = on`);
    await client.query(`GRANT pg_monitor, pg_read_all_stats, pg_read_all_data TO ${MONITOR}`);
  } finally {
    await client.end();
  }
  return withUser(adminUrl, MONITOR, password);
}

const MONITOR = "plumbline_monitor";
const SERVER_FIGURES = [
  "+ping",
  "+info",
  "+select",
  "+scan",
  "+client|setname",
  "+client|list",
  "+config|get",
  "+slowlog|get",
  "+slowlog|len",
  "+acl|whoami",
];

export interface RedisUrls {
  /** May read server figures, and no key's value. */
  cache: string;
  /** May read and change the queues' keys, and nothing else. */
  queues: string;
}

/** The Redis users Plumbline comes as. They live in memory, so they are made again at each start of Redis. */
export async function grantRedisUsers(adminUrl: string, password: string): Promise<void> {
  const redis = new Redis(adminUrl, {
    lazyConnect: true,
    commandTimeout: 5_000,
    retryStrategy: () => null,
  });
  redis.on("error", () => {});
  await redis.connect();
  try {
    const user = (name: string, ...rules: string[]) =>
      redis.call("ACL", "SETUSER", name, "reset", "on", `>${password}`, ...rules);
    await user("plumbline_cache", ...SERVER_FIGURES);
    await user(
      "plumbline_queues",
      "~bull:*",
      "+@read",
      "+@write",
      "+eval",
      "+evalsha",
      "-@dangerous",
      ...SERVER_FIGURES,
    );
  } finally {
    redis.disconnect();
  }
}

export function redisUrlsFor(adminUrl: string, password: string): RedisUrls {
  return {
    cache: withUser(adminUrl, "plumbline_cache", password),
    queues: withUser(adminUrl, "plumbline_queues", password),
  };
}

function withUser(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}
