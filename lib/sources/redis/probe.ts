import type { Redis } from "ioredis";
import type { Capability, ProbeResult, SourceConfig } from "../define.ts";
import { isSourceError } from "../errors.ts";
import { addRules, serverRules, setUser } from "./acl.ts";
import type { RedisConnection } from "./connect.ts";
import type { RedisInfo } from "./queries.ts";

const OLDEST = [6, 2] as const;

/**
 * What this user may ask this server. Ids: version, info, config, clients, slowlog, scan, dedicated_user.
 */
export async function probeRedis(
  conn: RedisConnection,
  config: SourceConfig<"redis">,
): Promise<ProbeResult> {
  const server = await probeServer(conn, aclUser(config.url));
  return {
    serverVersion: server.version,
    capabilities: server.capabilities,
    facts: server.facts,
    refusal: null,
  };
}

/** The name the URL logs in with. */
export function aclUser(url: string): string {
  return decodeURIComponent(new URL(url).username) || "default";
}

export interface ServerProbe {
  version: string | null;
  /** null when INFO is not allowed. */
  info: RedisInfo | null;
  capabilities: Capability[];
  facts: Record<string, string>;
}

/** The part that is the same for caches and for servers that carry queues. */
export async function probeServer(conn: RedisConnection, user: string): Promise<ServerProbe> {
  let info: RedisInfo | null = null;
  const infoAllowed = await allowed(async () => {
    info = await conn.info();
  });
  const capabilities = [
    version(info),
    commandCapability("info", "INFO", "required", infoAllowed, addRules(user, "+info")),
  ];
  for (const { id, title, rule, work } of checks) {
    capabilities.push(
      commandCapability(
        id,
        title,
        "recommended",
        await allowed(() => conn.run(work)),
        addRules(user, rule),
      ),
    );
  }
  capabilities.push(await dedicatedUser(conn));
  const read = info as RedisInfo | null;
  return {
    version: read?.server?.version ?? null,
    info: read,
    capabilities,
    facts: factsOf(read, user),
  };
}

const checks: {
  id: string;
  title: string;
  rule: string;
  work: (redis: Redis) => Promise<unknown>;
}[] = [
  {
    id: "config",
    title: "CONFIG GET",
    rule: "+config|get",
    work: (redis) => redis.config("GET", "maxmemory-policy"),
  },
  {
    id: "clients",
    title: "CLIENT LIST",
    rule: "+client|list",
    work: (redis) => redis.client("LIST"),
  },
  {
    id: "slowlog",
    title: "SLOWLOG GET",
    rule: "+slowlog|get",
    work: (redis) => redis.slowlog("GET", 1),
  },
  { id: "scan", title: "SCAN", rule: "+scan", work: (redis) => redis.scan(0, "COUNT", 1) },
];

/** null when allowed, else the sentence that says why not. Other failures than a missing right are thrown. */
export async function allowed(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (isSourceError(error) && error.reason === "permission") return error.message;
    throw error;
  }
}

export function commandCapability(
  id: string,
  title: string,
  needed: Capability["needed"],
  refused: string | null,
  grant: string,
): Capability {
  return {
    id,
    title,
    needed,
    ok: refused === null,
    detail: refused ?? "allowed",
    ...(refused !== null && { grant }),
  };
}

function version(info: RedisInfo | null): Capability {
  const base = {
    id: "version",
    title: "Redis 6.2 or newer, or Valkey",
    needed: "required",
  } as const;
  const server = info?.server;
  if (!server) return { ...base, ok: null, detail: "the server does not tell its version" };
  const [major = 0, minor = 0] = server.version.split(".").map(Number);
  const recent =
    server.product === "Valkey" || major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return {
    ...base,
    ok: recent,
    detail: `${server.product} ${server.version}${recent ? "" : " is too old: 6.2 is the oldest we read"}`,
  };
}

async function dedicatedUser(conn: RedisConnection): Promise<Capability> {
  const base = {
    id: "dedicated_user",
    title: "Logs in as a user of its own",
    needed: "recommended",
  } as const;
  let name: unknown;
  const refused = await allowed(
    async () => (name = await conn.run((redis) => redis.acl("WHOAMI"))),
  );
  if (refused !== null) return { ...base, ok: true, detail: "the user is restricted by an ACL" };
  if (name !== "default") return { ...base, ok: true, detail: `user ${String(name)}` };
  return {
    ...base,
    ok: false,
    detail: "the default user may usually do everything",
    grant: setUser("plumbline", [], serverRules),
  };
}

function factsOf(info: RedisInfo | null, user: string): Record<string, string> {
  const wanted = { role: "role", eviction: "maxmemory_policy", mode: "redis_mode" };
  const facts: Record<string, string> = { user };
  for (const [name, field] of Object.entries(wanted)) {
    const value = info?.text(field);
    if (value) facts[name] = name === "role" ? (value === "master" ? "primary" : "replica") : value;
  }
  return facts;
}
