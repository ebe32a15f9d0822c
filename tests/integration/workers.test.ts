import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { submitAction } from "#lib/actions/submit.ts";
import { verifyChain } from "#lib/audit/verify.ts";
import { toAppError } from "#lib/api/respond.ts";
import { log } from "#lib/core/log.ts";
import { closePool, sql } from "#lib/db/sql.ts";
import { closeQueues, queueNamed } from "#lib/jobs/queue.ts";
import { closeRedis } from "#lib/jobs/redis.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";
import { createRedis, type TestRedis } from "#tests/support/redis.ts";
import { findTestAction, submission } from "./actions-world.ts";
import { createProxy, type Proxy } from "./proxy.ts";

let database: TestDatabase;
let own: TestRedis;
let databaseProxy: Proxy;
let redisProxy: Proxy;
const targets: Record<"one" | "two", TestRedis> = {} as never;
const direct: Record<"one" | "two", Redis> = {} as never;
let home: string;
const children = new Set<ChildProcess>();
const PATIENCE = { timeout: 40_000, interval: 200 };

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "plumbline-workers-"));
  [database, own, targets.one, targets.two] = await Promise.all([
    createDatabase(),
    createRedis(),
    createRedis(),
    createRedis(),
  ]);
  [databaseProxy, redisProxy] = await Promise.all([
    createProxy(database.url),
    createProxy(own.url),
  ]);
  Object.assign(process.env, {
    DATABASE_URL: databaseProxy.url,
    REDIS_URL: redisProxy.url,
    PLUMBLINE_SECRET: "x".repeat(32),
  });
  log.level = "silent";
  for (const name of ["one", "two"] as const) direct[name] = new Redis(targets[name].url);
  configure("one", "two");
});

/** After a failed test, so that the next one starts alone. */
async function killWorkers(): Promise<void> {
  const exits = [...children]
    .filter((child) => child.exitCode === null && child.signalCode === null)
    .map((child) => once(child, "exit"));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(exits);
  children.clear();
}

afterAll(async () => {
  await killWorkers();
  for (const redis of Object.values(direct)) redis.disconnect();
  await closeQueues();
  closeRedis();
  await closePool();
  await databaseProxy.cut();
  await redisProxy.cut();
  await Promise.all([database.drop(), own.close(), targets.one.close(), targets.two.close()]);
  rmSync(home, { recursive: true });
});

function configure(...names: ("one" | "two")[]): void {
  const sources = names.map((name) => ({
    name,
    kind: "redis",
    url: targets[name].url,
    interval: "1s",
  }));
  writeFileSync(join(home, "plumbline.yaml"), JSON.stringify({ sources }));
}

function startWorker(): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, "collect-worker.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      PLUMBLINE_HOME: home,
      PLUMBLINE_SOURCES: join(home, "plumbline.yaml"),
      METRICS_PORT: "0",
      LOG_LEVEL: "silent",
    },
  });
  children.add(child);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
}

const ticksOf = (name: "one" | "two"): Promise<number> => direct[name].llen("ticks");

/** At least `more` further ticks arrive. */
async function expectTicks(name: "one" | "two", more = 1): Promise<void> {
  const before = await ticksOf(name);
  await expect.poll(() => ticksOf(name), PATIENCE).toBeGreaterThanOrEqual(before + more);
}

async function reasonOf(name: string): Promise<string | null | undefined> {
  const { rows } = await sql.query<{ reason: string | null }>(
    "SELECT c.reason FROM collection c JOIN source s ON s.id = c.source_id WHERE s.name = $1",
    [name],
  );
  return rows[0]?.reason;
}

test("two workers read every tick once, and stop without leaving anything undone", async () => {
  await direct.one.del("ticks");
  const workers = [startWorker(), startWorker()];
  await expectTicks("one", 5);
  await Promise.all(workers.map(stop));
  const queue = await queueNamed("collect");
  const schedulers = await queue.getJobSchedulers(0, -1);
  expect(schedulers).toHaveLength(2);
  const { rows } = await sql.query<{ id: string }>("SELECT id FROM source WHERE name = 'one'");
  const scheduler = schedulers.find(({ key }) => key.includes(String(rows[0]?.id)));
  // BullMQ counts the ticks it made; the last one still waits.
  expect(await ticksOf("one")).toBe(Number(scheduler?.iterationCount) - 1);
  expect(await queue.getJobCounts("active", "wait", "failed")).toEqual({
    active: 0,
    wait: 0,
    failed: 0,
  });
  const samples = await sql.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM sample p JOIN series s ON s.id = p.series_id JOIN source o ON o.id = s.source_id AND o.name = 'one'",
  );
  expect(samples.rows[0]?.count).toBe(await ticksOf("one"));
});

test("a source that leaves the configuration is no longer collected; its history stays", async () => {
  configure("one");
  const worker = startWorker();
  await expectTicks("one");
  expect(await (await queueNamed("collect")).getJobSchedulersCount()).toBe(1);
  const { rows } = await sql.query("SELECT name, enabled FROM source ORDER BY name");
  expect(rows).toEqual([
    { name: "one", enabled: true },
    { name: "two", enabled: false },
  ]);
  configure("one", "two");
  await stop(worker);
});

describe("outages", () => {
  let worker: ChildProcess;
  beforeAll(() => {
    worker = startWorker();
  });
  afterAll(() => stop(worker));

  test("a frozen target is reported, delays nobody, and comes back by itself", async () => {
    await Promise.all([expectTicks("one"), expectTicks("two")]);
    process.kill(targets.two.pid, "SIGSTOP");
    try {
      await expect.poll(() => reasonOf("two"), PATIENCE).toBe("timeout");
      await expectTicks("one");
      expect(await reasonOf("one")).toBeNull();
    } finally {
      process.kill(targets.two.pid, "SIGCONT");
    }
    await expect.poll(() => reasonOf("two"), PATIENCE).toBeNull();
    await expectTicks("two");
  });

  test("without our own Redis an action is accepted and done; collecting resumes with it", async () => {
    await expectTicks("one");
    await direct.one.set("item", "1");
    await redisProxy.cut();
    const { status, body } = await submitAction(
      submission("item", { source: "one" }),
      findTestAction,
    );
    expect(status).toBe(202);
    await expect.poll(() => direct.one.lrange("effects:item", 0, -1), PATIENCE).toEqual([body.id]);
    await redisProxy.restore();
    await expectTicks("one");
  });

  test("without our own database nothing is accepted and the worker waits; then all goes on", async () => {
    await expectTicks("one");
    await databaseProxy.cut();
    const refused = await submitAction(submission("item", { source: "one" }), findTestAction).catch(
      toAppError,
    );
    expect(refused).toMatchObject({ code: "unavailable", status: 503 });
    await databaseProxy.restore();
    await expectTicks("one");
    await expect.poll(() => reasonOf("one"), PATIENCE).toBeNull();
    expect(worker.exitCode).toBeNull();
    expect((await verifyChain(sql)).fault).toBeNull();
  });
});

test("a worker that starts before its databases waits for them", async () => {
  await redisProxy.cut();
  await databaseProxy.cut();
  const worker = startWorker();
  const before = await ticksOf("one");
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(worker.exitCode).toBeNull();
  expect(await ticksOf("one")).toBe(before);
  await Promise.all([redisProxy.restore(), databaseProxy.restore()]);
  await expectTicks("one");
  await stop(worker);
});
