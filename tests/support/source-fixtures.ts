import { Redis } from "ioredis";
import pg from "pg";
import type { SourceConfig, SourceKind } from "#lib/sources/define.ts";
import { queueActionRules, serverRules, setUser } from "#lib/sources/redis/acl.ts";
import { createEmptyDatabase } from "./postgres.ts";
import { installQueueTables } from "./postgres-queues.ts";
import { createRedis } from "./redis.ts";
import { createTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** A real server of one kind, behind a proxy, with what the contract suite needs to know about it. */
export interface SourceFixture {
  /** Connects through the proxy with the rights a source is meant to have. */
  config: SourceConfig;
  proxy: TcpProxy;
  /** Plumbline's connections, as the server counts them. */
  connections(): Promise<number>;
  /** The cheapest read of this kind. */
  read(conn: unknown): Promise<unknown>;
  /** The same source with a password the server refuses. */
  withPassword(password: string): SourceConfig;
  /** The same source as a user that may log in and nothing else. */
  bare(): Promise<SourceConfig>;
  /** Runs a grant exactly as it was printed, as an administrator. */
  apply(grant: string): Promise<void>;
  close(): Promise<void>;
}

export const fixtures: Record<SourceKind, () => Promise<SourceFixture>> = {
  postgres: () => postgresFixture("postgres"),
  redis: () => redisFixture("redis"),
  bullmq: () => redisFixture("bullmq"),
  bullmq_postgres: () => postgresFixture("bullmq_postgres"),
};

const PASSWORD = "correct-horse";

async function postgresFixture(kind: "postgres" | "bullmq_postgres"): Promise<SourceFixture> {
  const database = await createEmptyDatabase();
  if (kind === "bullmq_postgres") await installQueueTables(database.url);
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  // Roles belong to the whole server: their names must not meet those of other tests.
  const reader = `reader_${new URL(database.url).pathname.slice(6)}`;
  const bare = `bare_${new URL(database.url).pathname.slice(6)}`;
  const rights = kind === "postgres" ? "pg_monitor" : "pg_read_all_data";
  await admin.query(`create role ${reader} login password '${PASSWORD}' in role ${rights}`);
  await admin.query(`create role ${bare} login password '${PASSWORD}'`);
  const proxy = await createTcpProxy(withLogin(database.url, reader, PASSWORD));
  const configFor = (url: string): SourceConfig => {
    const source = { name: "orders-db", url, labels: { service: "orders" }, intervalMs: 60_000 };
    const options = { allowSuperuser: false };
    return kind === "postgres"
      ? { ...source, kind, options }
      : { ...source, kind, options: { ...options, schemas: null } };
  };
  return {
    config: configFor(proxy.url),
    proxy,
    async connections() {
      const { rows } = await admin.query(`select from pg_stat_activity where usename in ($1, $2)`, [
        reader,
        bare,
      ]);
      return rows.length;
    },
    read: (conn) => (conn as { query(sql: string): Promise<unknown> }).query("select 1"),
    withPassword: (password) => configFor(withLogin(proxy.url, reader, password)),
    bare: async () => configFor(withLogin(proxy.url, bare, PASSWORD)),
    apply: async (grant) => void (await admin.query(grant)),
    async close() {
      await proxy.close();
      // Rights on its tables bind a role to the database.
      for (const role of [reader, bare])
        await admin.query(`drop owned by ${role}; drop role ${role}`);
      await admin.end();
      await database.drop();
    },
  };
}

async function redisFixture(kind: "redis" | "bullmq"): Promise<SourceFixture> {
  const server = await createRedis();
  const admin = new Redis(server.url);
  const command = async (line: string) => {
    const [name = "", ...words] = line.replace("…", PASSWORD).split(" ");
    await admin.call(name, ...words);
  };
  const [keys, rules] = kind === "redis" ? [[], serverRules] : [["~bull:*"], queueActionRules];
  await command(setUser("reader", keys, rules));
  await command(setUser("bare", [], ["+client|setname"]));
  const proxy = await createTcpProxy(withLogin(server.url, "reader", PASSWORD));
  const configFor = (url: string): SourceConfig => ({
    name: "orders-redis",
    url,
    labels: { service: "orders" },
    intervalMs: 15_000,
    ...(kind === "redis" ? { kind, options: {} } : { kind, options: { prefixes: ["bull"] } }),
  });
  return {
    config: configFor(proxy.url),
    proxy,
    async connections() {
      const clients = String(await admin.client("LIST")).split("\n");
      return clients.filter((line) => line.includes(" name=plumbline ")).length;
    },
    read: (conn) =>
      (conn as { run(work: (redis: Redis) => Promise<unknown>): Promise<unknown> }).run((redis) =>
        redis.info("server"),
      ),
    withPassword: (password) => configFor(withLogin(proxy.url, "reader", password)),
    bare: async () => configFor(withLogin(proxy.url, "bare", PASSWORD)),
    apply: command,
    async close() {
      await proxy.close();
      admin.disconnect();
      await server.close();
    },
  };
}

function withLogin(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}
