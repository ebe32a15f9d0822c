import { Redis } from "ioredis";
import { z } from "zod";
import { type Action, defineAction } from "#lib/actions/define.ts";
import { type ActContext, executeAbandonedRun } from "#lib/actions/execute.ts";
import { setFailpointHook } from "#lib/actions/failpoint.ts";
import type { Submission } from "#lib/actions/submit.ts";
import type { Actor } from "#lib/auth/actor.ts";
import { AppError } from "#lib/core/errors.ts";
import { newId } from "#lib/core/ids.ts";
import { log } from "#lib/core/log.ts";
import { db } from "#lib/db/client.ts";
import { closePool, sql } from "#lib/db/sql.ts";
import { closeQueues } from "#lib/jobs/queue.ts";
import { closeRedis } from "#lib/jobs/redis.ts";
import { openSource } from "#lib/sources/index.ts";
import { SourceError } from "#lib/sources/errors.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";
import { createRedis, type TestRedis } from "#tests/support/redis.ts";

/**
 * A target whose effects can be counted. Each item is a key with a version; acting on it raises the version and writes
 * down who did. `testing.retry` compares the version first, as every real action does; `breakers.unfenced` does not,
 * and is there to prove that the checks below notice.
 */
const ACT = `local version = redis.call("GET", KEYS[1])
if ARGV[1] ~= "" and version ~= ARGV[1] then return 0 end
redis.call("INCR", KEYS[1])
redis.call("RPUSH", KEYS[2], ARGV[2])
return 1`;

const input = z.object({ item: z.string().min(1), note: z.string().optional() });
const effectsKey = (item: string): string => `effects:${item}`;

/** What goes wrong next between the worker and the target: consumed one by one, `null` = nothing. */
export const faults: ("lost before" | "lost after" | null)[] = [];

function lose(
  when: "lost before" | "lost after",
  fault: (typeof faults)[number] | undefined,
): void {
  if (fault === when) throw new SourceError("unreachable", "The connection was reset.");
}

function redisOf(source: OpenSource): Promise<Redis> {
  if (source.kind !== "redis") throw new AppError("internal", "The test target is a Redis");
  return source.conn.ready();
}

function countingAction(name: "testing.retry" | "breakers.unfenced", fenced: boolean): Action {
  return defineAction<z.output<typeof input>, { version: number }>({
    name,
    title: "Raise the version",
    input,
    risk: "low",
    approval: "none",
    where: "target",
    kinds: ["redis"],
    target: ({ item }) => `item ${item}`,
    async observe({ source, input: { item } }) {
      const version = await (await redisOf(source)).get(item);
      if (version === null) throw new AppError("not_found", `There is no item ${item}`);
      return { fence: version, before: { version } };
    },
    async run({ source, input: { item }, fence, runId }) {
      const redis = await redisOf(source);
      const fault = faults.shift();
      lose("lost before", fault);
      const done = await redis.eval(
        ACT,
        2,
        item,
        effectsKey(item),
        fenced ? String(fence) : "",
        runId,
      );
      lose("lost after", fault);
      if (done !== 1) throw new AppError("conflict", `${item} changed in the meantime`);
      const version = Number(fence) + 1;
      return { result: { version }, after: { version } };
    },
    async readBack({ source, input: { item }, runId }) {
      lose("lost before", faults.shift());
      const effects = await (await redisOf(source)).lrange(effectsKey(item), 0, -1);
      return effects.includes(runId) ? "applied" : "not_applied";
    },
  });
}

export const TEST_ACTIONS: readonly Action[] = [
  countingAction("testing.retry", true),
  countingAction("breakers.unfenced", false),
];

export const findTestAction = (name: string): Action | undefined =>
  TEST_ACTIONS.find((action) => action.name === name);

export const oncall: Actor = {
  id: "user:00000000-0000-4000-8000-000000000001",
  login: "oncall",
  roles: ["oncall"],
  via: "session",
  sessionId: null,
  authAt: new Date(),
};

export const viewer: Actor = {
  ...oncall,
  id: "user:00000000-0000-4000-8000-000000000002",
  login: "viewer",
  roles: ["viewer"],
};

export interface World {
  database: TestDatabase;
  own: TestRedis;
  target: TestRedis;
  /** Straight to the target, past Plumbline. */
  redis: Redis;
  sourceId: string;
  context: ActContext;
  /** Run ids that took effect on an item, in order. */
  effects(item: string): Promise<string[]>;
  end(): Promise<void>;
}

/** Plumbline's own stores, and one Redis source called `target` to act on. */
export async function createWorld(): Promise<World> {
  const [database, own, target] = await Promise.all([
    createDatabase(),
    createRedis(),
    createRedis(),
  ]);
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    REDIS_URL: own.url,
    PLUMBLINE_SECRET: "x".repeat(32),
  });
  log.level = "silent";
  const redis = new Redis(target.url);
  const sourceId = newId();
  await sql.query(
    "INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, 'target', 'redis', 10000)",
    [sourceId],
  );
  const config = {
    name: "target",
    kind: "redis",
    url: target.url,
    labels: {},
    intervalMs: 10_000,
    options: {},
  } as const;
  const opened = await openSource(config, sourceId);
  return {
    database,
    own,
    target,
    redis,
    sourceId,
    context: { openSource: async () => opened, findAction: findTestAction },
    effects: (item) => redis.lrange(effectsKey(item), 0, -1),
    async end() {
      redis.disconnect();
      await opened.conn.close();
      await closeQueues();
      closeRedis();
      await db().$disconnect();
      await closePool();
      await Promise.all([database.drop(), own.close(), target.close()]);
    },
  };
}

let items = 0;

/** A new item on the target, at version 1. */
export async function newItem({ redis }: World): Promise<string> {
  const item = `item-${++items}-${newId().slice(0, 8)}`;
  await redis.set(item, "1");
  return item;
}

export function submission(item: string, change: Partial<Submission> = {}): Submission {
  return {
    actor: oncall,
    name: "testing.retry",
    idempotencyKey: newId(),
    source: "target",
    input: { item },
    reason: "because of a test",
    requestId: newId(),
    ...change,
  };
}

/** Time passes: leases end, also of workers that died, and doubts and lost jobs become due. */
export async function letLeasesEnd(): Promise<void> {
  await sql.query(
    `UPDATE action_run SET lease_until = now() - interval '1 s', lease_token = gen_random_uuid() WHERE lease_until IS NOT NULL`,
  );
  await sql.query(
    "UPDATE action_run SET created_at = created_at - interval '1 minute' WHERE state = 'queued'",
  );
}

/** Everything heals and enough time passes: afterwards no run may be open. */
export async function settle(world: World, context = world.context): Promise<void> {
  faults.length = 0;
  setFailpointHook(undefined);
  for (let round = 0; round < 12; round++) {
    await letLeasesEnd();
    for (
      let run = await executeAbandonedRun(context);
      run;
      run = await executeAbandonedRun(context)
    ) {
      await run.done;
    }
  }
}
