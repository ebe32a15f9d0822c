import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { setUser } from "#lib/sources/redis/acl.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import {
  cacheOf,
  type CacheSource,
  collectOnce,
  detailOf,
  historyOf,
  openTarget,
  samplesOf,
} from "./caches-target.ts";
import { QueueTarget, until } from "./queues-target.ts";

let ground: Ground;
let target: QueueTarget;
let redis: Redis;
let source: CacheSource;
const sourcesFile = join(mkdtempSync(join(inject("serversDir"), "sources-")), "plumbline.yaml");

beforeAll(async () => {
  ground = await openGround({ PLUMBLINE_SOURCES: sourcesFile });
});
beforeEach(async () => {
  writeFileSync(sourcesFile, "sources: []\n");
  target = await QueueTarget.start();
  redis = target.redis;
  source = await openTarget(target.server.url);
});
afterEach(async () => {
  await source.conn.close();
  await target.stop();
});
afterAll(() => ground.close());

async function ask(hits: number, misses: number): Promise<void> {
  await redis.set("cache:there", "1");
  const batch = redis.pipeline();
  for (let at = 0; at < hits; at++) batch.get("cache:there");
  for (let at = 0; at < misses; at++) batch.get("cache:nowhere");
  await batch.exec();
}

describe("what is counted", () => {
  it("lookups of the window and nothing before, with what asked for them", async () => {
    await ask(500, 500);
    await collectOnce(source);
    expect((await cacheOf(source, "redis")).verdict.state).toBe("unknown");
    await ask(1800, 200);
    await redis.hget("cache:hash", "field");
    await collectOnce(source);
    const detail = await detailOf(source, "redis");
    expect(detail).toMatchObject({
      kind: "redis",
      main: true,
      hits: 1800,
      misses: 201,
      ratio: 1800 / 2001,
      readMs: null,
      verdict: { state: "ok" },
      redis: { policy: "noeviction", queueTraffic: [] },
    });
    expect(detail.redis?.commands?.map(({ command, calls }) => [command, calls])).toEqual([
      ["get", 2000],
      ["hget", 1],
    ]);
    expect(detail.redis?.databases).toEqual([
      { database: "0", keys: 1, expiring: 0, meanTtlMs: null },
    ]);
    expect(detail.usedMemoryBytes).toBeGreaterThan(100_000);
    expect(detail.maxMemoryBytes).toBeNull();
  });

  it("a poor ratio is judged, and too few lookups are not", async () => {
    await collectOnce(source);
    await ask(10, 90);
    await collectOnce(source);
    expect((await cacheOf(source, "redis")).verdict.state).toBe("few");
    await ask(500, 900);
    await collectOnce(source);
    expect((await cacheOf(source, "redis")).verdict).toMatchObject({ state: "poor" });
  });

  it("evicted and expired keys, and the memory they had", async () => {
    await redis.config("SET", "maxmemory", "3mb");
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    await collectOnce(source);
    const batch = redis.pipeline();
    for (let at = 0; at < 400; at++) batch.set(`cache:${at}`, "x".repeat(10_000));
    await batch.exec();
    await redis.set("cache:brief", "1", "PX", 1);
    await until(
      () => redis.get("cache:brief"),
      (value) => value === null,
    );
    await redis.set("cache:lasting", "1", "EX", 1_000);
    await collectOnce(source);
    const detail = await detailOf(source, "redis");
    expect(detail.evictedPerSecond).toBeGreaterThan(0);
    expect(detail.maxMemoryBytes).toBe(3 * 1024 * 1024);
    expect(detail.redis?.databases[0]).toMatchObject({ expiring: 1 });
    const { points } = await historyOf(source, "redis");
    expect(points.some(({ evictedPerSecond }) => (evictedPerSecond ?? 0) > 0)).toBe(true);
    expect(points.some(({ expiredPerSecond }) => (expiredPerSecond ?? 0) > 0)).toBe(true);
    expect(points.at(-1)).toMatchObject({ maxMemoryBytes: 3 * 1024 * 1024 });
  });
});

describe("resets and restarts", () => {
  it("CONFIG RESETSTAT leaves a gap, also when more is looked up after it than before", async () => {
    await collectOnce(source);
    await ask(20, 10);
    await collectOnce(source);
    await redis.config("RESETSTAT");
    await ask(25, 15);
    await collectOnce(source);
    expect(await cacheOf(source, "redis")).toMatchObject({ hits: 20, misses: 10 });
    await ask(3, 2);
    await collectOnce(source);
    expect(await cacheOf(source, "redis")).toMatchObject({ hits: 23, misses: 12 });
    expect((await samplesOf(source.id)).every(({ value }) => value >= 0)).toBe(true);
  });

  it("FLUSHALL changes no counter: the misses after it are real", async () => {
    await collectOnce(source);
    await ask(5, 0);
    await collectOnce(source);
    await redis.flushall();
    await redis.get("cache:there");
    await collectOnce(source);
    expect(await cacheOf(source, "redis")).toMatchObject({ hits: 5, misses: 1 });
    expect((await detailOf(source, "redis")).redis?.databases).toEqual([]);
  });

  it("another server at the same address leaves a gap", async () => {
    await collectOnce(source);
    await ask(40, 10);
    await collectOnce(source);
    const other = await QueueTarget.start();
    const moved = { ...source, conn: (await openTarget(other.server.url)).conn } as CacheSource;
    for (let at = 0; at < 90; at++) await other.redis.get("cache:nowhere");
    await collectOnce(moved);
    expect(await cacheOf(source, "redis")).toMatchObject({ hits: 40, misses: 10 });
    await other.redis.get("cache:nowhere");
    await collectOnce(moved);
    expect(await cacheOf(source, "redis")).toMatchObject({ hits: 40, misses: 11 });
    await moved.conn.close();
    await other.stop();
  });
});

const traffic = async () => (await detailOf(source, "redis")).redis?.queueTraffic ?? [];

describe("queues on the same server", () => {
  /** A ratio that would be poor, were it a cache's. */
  async function contaminated(): Promise<string[]> {
    await collectOnce(source);
    await ask(400, 900);
    await collectOnce(source);
    const row = await cacheOf(source, "redis");
    expect(row.verdict.state).toBe("contaminated");
    const { rows } = await sql.query("SELECT type FROM problem WHERE source_id = $1", [source.id]);
    expect(rows).toEqual([]);
    return traffic();
  }

  it("BullMQ's keys, whatever the prefix", async () => {
    await target.queue("mails", { prefix: "shop" }).add("send", {});
    expect(await contaminated()).toEqual([
      expect.stringMatching(/^Keys of BullMQ or Bull queues: \d+ of \d+ sampled/),
    ]);
  });

  it("BullMQ's workers, also in another logical database", async () => {
    const connection = { url: `${target.server.url}/3`, maxRetriesPerRequest: null };
    await target.worker("mails", async () => {}, { connection });
    await until(
      async () => String(await redis.client("LIST")),
      (clients) => /name=bull:.* cmd=bzpopmin/.test(clients),
    );
    const signs = await contaminated();
    expect(signs).toContain("Connections of BullMQ or Bull workers: 1.");
  });

  it("consumers of any kind that wait for the next element", async () => {
    const consumer = redis.duplicate();
    await collectOnce(source);
    await consumer.brpop("jobs:default", 0.01);
    expect(await contaminated()).toEqual([
      "Commands that wait for the next element of a queue (BRPOP, BZPOPMIN, …): 1.",
    ]);
    consumer.disconnect();
  });

  it("another source that reads queues at the same address", async () => {
    const url = target.server.url;
    const entries = [
      `  - { name: ${source.name}, kind: redis, url: "${url}/0" }`,
      `  - { name: shop-queues, kind: bullmq, url: "${url}/1" }`,
      `  - { name: far-queues, kind: bullmq, url: "redis://127.0.0.1:1/0" }`,
    ];
    writeFileSync(sourcesFile, `sources:\n${entries.join("\n")}\n`);
    expect(await contaminated()).toEqual(["shop-queues reads queues on the same server."]);
    const { rows } = await sql.query<{ text: string }>(
      "SELECT row_to_json(e)::text AS text FROM entity e UNION ALL SELECT row_to_json(c)::text FROM caches_state c",
    );
    expect(rows.some(({ text }) => text.includes(new URL(url).port))).toBe(false);
  });

  it("a pure cache is not suspected", async () => {
    for (let at = 0; at < 300; at++) await redis.set(`user:${at}:events`, "1");
    await redis.set("user:5:id", "1");
    await collectOnce(source);
    await ask(400, 900);
    await collectOnce(source);
    expect((await cacheOf(source, "redis")).verdict.state).toBe("poor");
    expect(await traffic()).toEqual([]);
  });
});

describe("what it costs", () => {
  it("two INFOs, and every ten minutes a look for queues", async () => {
    const start = Date.now();
    const at = (minutes: number) => collectOnce(source, new Date(start + minutes * 60_000));
    const first = await at(0);
    const second = await at(1);
    const third = await at(11);
    // Naming and checking the connection comes on top of the first one.
    expect(first.cost.commands).toBeLessThanOrEqual(8);
    expect([second.cost.commands, third.cost.commands]).toEqual([2, 4]);
  });

  it("none of it is counted as a lookup", async () => {
    await redis.set("cache:there", "1");
    await collectOnce(source);
    for (let minute = 0; minute < 4; minute++)
      await collectOnce(source, new Date(Date.now() + minute * 11 * 60_000));
    const samples = await samplesOf(source.id);
    expect(samples.filter(({ metric }) => ["hits", "misses"].includes(metric))).toEqual([]);
  });

  it("INFO alone is enough: what is not allowed is left out", async () => {
    const [name = "", ...words] = setUser("narrow", [], ["+info", "+select", "+client|setname"])
      .replace("…", "secret")
      .split(" ");
    await redis.call(name, ...words);
    const url = new URL(target.server.url);
    url.username = "narrow";
    url.password = "secret";
    const narrow = await openTarget(url.href);
    await collectOnce(narrow);
    await ask(900, 300);
    expect((await collectOnce(narrow)).unread).toEqual([]);
    expect(await cacheOf(narrow, "redis")).toMatchObject({ hits: 900, misses: 300 });
    await narrow.conn.close();
  });
});
