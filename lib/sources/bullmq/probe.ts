import type { Capability, ProbeResult, SourceConfig } from "../define.ts";
import { isSourceError } from "../errors.ts";
import { addRules, queueActionRules, queueReadRules, setUser } from "../redis/acl.ts";
import {
  aclUser,
  allowed,
  commandCapability,
  probeServer,
  type ServerProbe,
} from "../redis/probe.ts";
import type { BullmqConnection } from "./connect.ts";
import { discoverQueues } from "./discover.ts";

/** A look around that a person can wait for. */
const FIRST_LOOK = { keys: 20_000, budgetMs: 500 };
const NAMES_SHOWN = 5;

/**
 * What this user may do with the queues of this server. Ids: those of redis, and no_eviction, read_keys,
 * queues_discoverable, actions_allowed.
 */
export async function probeBullmq(
  conn: BullmqConnection,
  config: SourceConfig<"bullmq">,
): Promise<ProbeResult> {
  const user = aclUser(config.url);
  const prefixes = config.options.prefixes ?? ["bull"];
  const keys = config.options.prefixes ? prefixes.map((prefix) => `~${prefix}:*`) : ["~*"];
  const server = await probeServer(conn.redis, user);
  const suggested = { grant: setUser("plumbline", keys, queueActionRules) };
  const refused = await allowed(() =>
    conn.run((redis) => redis.exists(`${prefixes[0]}:plumbline-probe:meta`)),
  );
  return {
    serverVersion: server.version,
    capabilities: [
      ...server.capabilities.map((one) =>
        one.id === "dedicated_user" && one.grant ? { ...one, ...suggested } : one,
      ),
      noEviction(server),
      commandCapability(
        "read_keys",
        "May read queue keys",
        "required",
        refused,
        addRules(user, ...keys, ...queueReadRules),
      ),
      await discoverable(conn, refused === null),
      await actions(
        conn,
        server,
        prefixes[0] ?? "bull",
        addRules(user, ...keys, ...queueActionRules),
      ),
    ],
    facts: server.facts,
    refusal: null,
  };
}

function noEviction({ info }: ServerProbe): Capability {
  const base = {
    id: "no_eviction",
    title: "maxmemory-policy is noeviction",
    needed: "required",
  } as const;
  const policy = info?.text("maxmemory_policy") ?? null;
  if (policy === null)
    return { ...base, ok: null, detail: "the policy cannot be read without INFO" };
  if (policy === "noeviction") return { ...base, ok: true, detail: "noeviction" };
  return {
    ...base,
    ok: false,
    detail: `${policy}: under memory pressure Redis deletes jobs`,
    grant: "CONFIG SET maxmemory-policy noeviction",
  };
}

async function discoverable(conn: BullmqConnection, readable: boolean): Promise<Capability> {
  const base = {
    id: "queues_discoverable",
    title: "Queues can be found",
    needed: "required",
  } as const;
  if (!readable) return { ...base, ok: false, detail: "needs the right to read queue keys first" };
  try {
    const clients = await conn.redis.clients().catch(() => null);
    const { found, passComplete } = await discoverQueues(
      conn,
      { cursor: "0", known: [] },
      clients,
      FIRST_LOOK,
    );
    if (found.length === 0) {
      return {
        ...base,
        ok: passComplete ? true : null,
        detail: passComplete ? "no queue exists yet" : "no queue seen in the first keys",
      };
    }
    const names = found
      .map((queue) => `${queue.name}${queue.flavour === "bull" ? " (Bull, read-only)" : ""}`)
      .toSorted();
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
    return {
      ...base,
      ok: true,
      detail: `${found.length} found: ${names.slice(0, NAMES_SHOWN).join(", ")}${more}`,
    };
  } catch (error) {
    if (!isSourceError(error) || error.reason !== "permission") throw error;
    return { ...base, ok: false, detail: error.message };
  }
}

/** Asks the server, from inside a script that changes nothing, whether this user's scripts might write. */
const MAY_WRITE = `
if not redis.acl_check_cmd then return "unknown" end
local key = ARGV[1]
local writes = {{"HSET", key, "f", "v"}, {"HDEL", key, "f"}, {"LPUSH", key, "v"}, {"LREM", key, "1", "v"}, {"ZADD", key, "1", "v"},
  {"ZREM", key, "v"}, {"DEL", key}, {"XADD", key, "*", "f", "v"}, {"RENAME", key, key}}
for _, write in ipairs(writes) do
  if not redis.acl_check_cmd(unpack(write)) then return write[1] end
end
return "allowed"`;

async function actions(
  conn: BullmqConnection,
  server: ServerProbe,
  prefix: string,
  grant: string,
): Promise<Capability> {
  const base = {
    id: "actions_allowed",
    title: "May act on jobs and queues",
    needed: "recommended",
  } as const;
  if (server.facts.role === "replica")
    return {
      ...base,
      ok: false,
      detail: "this is a replica: point the source at the primary to act",
    };
  let answer: unknown;
  const refused = await allowed(async () => {
    answer = await conn.run((redis) => redis.eval(MAY_WRITE, 0, `${prefix}:plumbline-probe:meta`));
  });
  if (refused !== null)
    return {
      ...base,
      ok: false,
      detail: "scripts are not allowed, and BullMQ acts with scripts",
      grant,
    };
  if (answer === "allowed")
    return { ...base, ok: true, detail: "retry, promote, remove, pause and resume" };
  if (answer === "unknown")
    return {
      ...base,
      ok: null,
      detail: "servers before Redis 7 cannot tell: the first action will",
    };
  return { ...base, ok: false, detail: `${String(answer)} is not allowed on ${prefix}:*`, grant };
}
