import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import pg from "pg";
import { env, statePath } from "#lib/config/env.ts";
import { sleep } from "#lib/core/time.ts";
import { loadSources, sourcePaths } from "#lib/sources/config.ts";
import type { SourceConfig } from "#lib/sources/define.ts";
import { monitorRedis } from "#tests/support/redis-monitor.ts";
import { attach } from "./running.ts";
import { report } from "./report.ts";

// What watching costs the watched: our share of one core and what we send, counted by the targets themselves.

const SECONDS = 60;
const CORE_GOAL = 0.01;
const COMMANDS_GOAL = 200;

const running = await attach();
const sources = await loadSources(sourcePaths(env().PLUMBLINE_SOURCES), process.env);
await Promise.all(
  sources.map((source) => (source.kind === "postgres" ? postgresCost(source) : redisCost(source))),
);
await running.close();

/** pg_stat_statements counts the monitoring role's own statements: time and number. */
async function postgresCost(source: SourceConfig): Promise<void> {
  const client = new pg.Client({ connectionString: source.url });
  await client.connect();
  const read = async (): Promise<{ ms: number; calls: number }> => {
    const { rows } = await client.query<{ ms: number; calls: number }>(
      `SELECT coalesce(sum(total_exec_time + total_plan_time), 0)::float8 AS ms, coalesce(sum(calls), 0)::float8 AS calls
       FROM pg_stat_statements WHERE userid = (SELECT usesysid FROM pg_user WHERE usename = current_user)`,
    );
    return rows[0] as { ms: number; calls: number };
  };
  const before = await read();
  await sleep(SECONDS * 1000);
  const after = await read();
  await client.end();
  const beside = { what: "one core", value: 1 };
  report({
    figure: `collection.${source.name}.core_share`,
    value: (after.ms - before.ms) / 1000 / SECONDS,
    unit: "cores",
    beside,
    goal: CORE_GOAL,
  });
  report({
    figure: `collection.${source.name}.statements`,
    value: (after.calls - before.calls) / SECONDS,
    unit: "1/s",
  });
}

/** Redis does not count by client, so its monitor shows which commands come from our connections. */
async function redisCost(source: SourceConfig): Promise<void> {
  const url = asAdministrator(source.url);
  const redis = new Redis(url, { connectionName: "bench" });
  const ours = new Set<string>();
  const monitor = await monitorRedis(url);
  for (let second = 0; second < SECONDS; second += 5) {
    const clients = String(await redis.client("LIST")).split("\n");
    for (const line of clients.filter((each) => / name=plumbline/.test(each))) {
      ours.add(/ addr=(\S+)/.exec(line)?.[1] ?? "");
    }
    await sleep(5_000);
  }
  const commands = monitor
    .lines()
    .filter((line) => ours.has(/\[\d+ (\S+)\]/.exec(line)?.[1] ?? ""));
  monitor.close();
  redis.disconnect();
  report({
    figure: `collection.${source.name}.commands`,
    value: commands.length / SECONDS,
    unit: "1/s",
    goal: COMMANDS_GOAL,
  });
}

/** Only the sandbox's administrator may watch all commands. */
function asAdministrator(url: string): string {
  const changed = new URL(url);
  changed.username = "default";
  changed.password = readFileSync(statePath("sandbox", "redis", "password"), "utf8").trim();
  return changed.href;
}
