import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { MINUTE } from "#lib/core/time.ts";
import { takeSnapshot } from "#lib/metrics/snapshot.ts";
import type { Counters, RedisFacts } from "#lib/signals/caches/observed.ts";
import { caches } from "#lib/signals/caches/signal.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { table, type Told, tell } from "./caches-told.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
beforeEach(async () => {
  for (const name of ["source", "series", "sample", "metric_value"])
    await sql.query(`DELETE FROM ${name}`);
});
afterAll(() => ground.close());

describe("problems", () => {
  const found = async () => {
    const { rows } = await sql.query<Record<string, string>>(
      "SELECT type, severity, title, href FROM problem WHERE closed_at IS NULL ORDER BY title",
    );
    return rows;
  };
  const redis = (told: Partial<Told>): Told[] => [
    { kind: "redis", key: "redis", main: true, ...told },
  ];
  const GIB = 2 ** 30;

  it("none of a cache that does well, and none from too few lookups", async () => {
    await tell(
      "good",
      redis({ now: { hits: 900, misses: 100 }, before: { hits: 990, misses: 10 } }),
    );
    await tell("young", redis({ now: { hits: 10, misses: 40 } }));
    expect(await found()).toEqual([]);
  });

  it("a poor ratio, with its numbers and the page that shows it", async () => {
    const same = { hits: 600, misses: 600 };
    await tell("sessions", redis({ now: same, before: same }));
    expect(await found()).toEqual([
      {
        type: "cache_poor",
        severity: "warning",
        title: "sessions: hit ratio 50 %, 10 misses per second",
        href: "/caches/sessions~redis?range=1h",
      },
    ]);
  });

  it("a ratio that fell, though it is not poor yet", async () => {
    await tell(
      "sessions",
      redis({ now: { hits: 850, misses: 150 }, before: { hits: 990, misses: 10 } }),
    );
    expect(await found()).toMatchObject([
      {
        type: "cache_worsened",
        title: expect.stringMatching(/fell from 99 % to 8\d % in 15 minutes/),
      },
    ]);
  });

  it("nothing about the ratio of a Redis with queues", async () => {
    const told = { now: { hits: 100, misses: 900 }, before: { hits: 990, misses: 10 } };
    await tell("mixed", redis({ ...told, redis: { queueSigns: ["Keys of BullMQ."] } }));
    await tell(
      "popped",
      redis({ now: { ...told.now, queue_pops: 5 }, before: { ...told.before, queue_pops: 5 } }),
    );
    expect(await found()).toEqual([]);
  });

  const database = (now: Counters, untimedBecause: string | null = null): Told[] => [
    { kind: "database", key: "database:shop", main: true, now, before: now, untimedBecause },
  ];

  it("a database that reads much, but not one whose reads cost nothing", async () => {
    await tell("hurts", database({ hits: 8_000, misses: 2_000, read_ms: 6_000 }));
    await tell("cheap", database({ hits: 8_000, misses: 2_000, read_ms: 20 }));
    await tell("untimed", database({ hits: 8_000, misses: 2_000 }, "track_io_timing is off."));
    await tell(
      "untimed-busy",
      database({ hits: 80_000, misses: 20_000 }, "track_io_timing is off."),
    );
    expect((await found()).map(({ title }) => title)).toEqual([
      "hurts (shop): hit ratio 80 %, 33 blocks read per second, which takes 100 ms per second",
      "untimed-busy (shop): hit ratio 80 %, 330 blocks read per second",
    ]);
  });

  it("memory that is nearly full where nothing may be evicted", async () => {
    const full = (share: number, facts: Partial<RedisFacts>) =>
      redis({ levels: { used_memory_bytes: share * GIB, max_memory_bytes: GIB }, redis: facts });
    await tell("roomy", full(0.89, {}));
    await tell("near", full(0.91, {}));
    await tell("full", full(0.985, {}));
    await tell("lru", full(1, { policy: "allkeys-lru" }));
    await tell("stuck", full(0.95, { policy: "volatile-lru" }));
    const expiring = { database: "0", keys: 5, expiring: 3, meanTtlMs: 10 };
    await tell("ttl", full(0.95, { policy: "volatile-lru", databases: [expiring] }));
    expect(new Set((await found()).map(({ severity, title }) => `${severity} ${title}`))).toEqual(
      new Set([
        "warning near: 91 % of maxmemory used, and noeviction refuses writes when it is full",
        "critical full: 98 % of maxmemory used, and noeviction refuses writes when it is full",
        "warning stuck: 95 % of maxmemory used, and volatile-lru finds no key with a time to live",
      ]),
    );
  });

  it("evictions: many of a cache, any of a server with queues", async () => {
    const evicting = (evicted: number) => ({ now: { evicted }, before: { evicted } });
    await tell("some", redis(evicting(60)));
    await tell("many", redis(evicting(1_200)));
    await tell("queues", redis({ ...evicting(60), redis: { queueSigns: ["Keys of BullMQ."] } }));
    expect(new Set((await found()).map(({ severity, title }) => `${severity} ${title}`))).toEqual(
      new Set([
        "risk many: 20 keys evicted per second, too little memory for what is asked of it",
        "critical queues: 1 keys evicted per second, and jobs of its queues may be among them",
      ]),
    );
  });
});

describe("metrics", () => {
  it("are complete, clean and about databases and Redis only", async () => {
    await tell("shop-db", [
      {
        kind: "database",
        key: "database:shop",
        main: true,
        now: { hits: 900, misses: 100, read_ms: 50 },
      },
      { kind: "database", key: "database:idle" },
      table("orders", 100, 900),
    ]);
    const levels = { used_memory_bytes: 4096, max_memory_bytes: 8192 };
    await tell("shop-cache", [
      {
        kind: "redis",
        key: "redis",
        main: true,
        now: { hits: 300, misses: 100, evicted: 7 },
        levels,
      },
    ]);
    const { text, failed } = await takeSnapshot(caches.metrics, new Date());
    expect(failed).toEqual([]);
    expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
      'plumbline_cache_hit_ratio{source="shop-cache",cache="redis"} 0.75',
      'plumbline_cache_hit_ratio{source="shop-db",cache="shop"} 0.9',
      'plumbline_cache_memory_bytes{source="shop-cache",cache="redis"} 4096',
      'plumbline_cache_memory_limit_bytes{source="shop-cache",cache="redis"} 8192',
      'plumbline_cache_lookups_total{cache="redis",result="hit",source="shop-cache"} 4500',
      'plumbline_cache_lookups_total{cache="redis",result="miss",source="shop-cache"} 1500',
      'plumbline_cache_lookups_total{cache="shop",result="hit",source="shop-db"} 13500',
      'plumbline_cache_lookups_total{cache="shop",result="miss",source="shop-db"} 1500',
      'plumbline_cache_evictions_total{cache="redis",source="shop-cache"} 105',
    ]);
    execFileSync("promtool", ["check", "metrics"], { input: text });
    const later = await takeSnapshot(caches.metrics, new Date(Date.now() + 5 * MINUTE));
    expect(later.text).not.toContain("plumbline_cache_hit_ratio{");
  });
});
