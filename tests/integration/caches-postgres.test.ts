import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Ground, openGround } from "#tests/support/access.ts";
import { installedPostgres, startInstalledPostgres } from "#tests/support/installed-postgres.ts";
import {
  cacheOf,
  type CacheSource,
  collectOnce,
  detailOf,
  historyOf,
  list,
  openTarget,
  samplesOf,
} from "./caches-target.ts";
import { startTarget } from "./queries-target.ts";

type Server = Awaited<ReturnType<Awaited<ReturnType<typeof startTarget>>["start"]>>;

let ground: Ground;
let target: Awaited<ReturnType<typeof startTarget>>;
let server: Server;
let source: CacheSource;

beforeAll(async () => {
  ground = await openGround();
  target = await startTarget({
    shared_buffers: "16MB",
    autovacuum: "off",
    // Parallel workers' reads are those of "background worker".
    max_parallel_workers_per_gather: 0,
  });
  server = await target.start();
});
beforeEach(async () => {
  source = await openTarget(server.url);
});
afterEach(() => source.conn.close());
afterAll(async () => {
  await server.stop();
  await ground.close();
});

/** Statements of the application, on a connection of their own: statistics are told when it ends. */
async function send(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.adminUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** 6,400 blocks in a table: the server's buffers hold 2,048, so that each scan has to read 4,000 at least. */
const bigTable = (name: string): string[] => [
  `drop table if exists ${name}`,
  `create table ${name} as select n as id, repeat('x', 500) as filler from generate_series(1, 90000) n`,
  `create index ${name}_id on ${name} (id)`,
];

describe("what is counted", () => {
  it("warm reads are hits, cold reads are misses, with the time they took", async () => {
    await send(...bigTable("orders"), "create table small as select 1 as id");
    await collectOnce(source);
    await send(...Array(3000).fill("select * from small"));
    await collectOnce(source);
    expect(await cacheOf(source, "table:public.small")).toMatchObject({
      kind: "table",
      name: "small",
      parent: "database:shop",
      hits: 3000,
      misses: 0,
      ratio: 1,
      readMs: null,
      untimedBecause: expect.stringContaining("by database"),
      verdict: { state: "ok" },
    });
    await send("select count(*) from orders", "select count(*) from orders");
    await collectOnce(source);
    const orders = await cacheOf(source, "table:public.orders");
    expect(orders.misses).toBeGreaterThan(8000);
    expect(orders.ratio).toBeLessThan(0.4);
    const shop = await cacheOf(source, "database:shop");
    expect(shop.main).toBe(true);
    expect(shop.misses).toBeGreaterThanOrEqual(orders.misses!);
    expect(shop.readMs).toBeGreaterThan(0);
    expect(shop.untimedBecause).toBeNull();
  });

  it("indexes by themselves, with the table they belong to", async () => {
    await send(
      "create table keyed (id int primary key)",
      "insert into keyed select generate_series(1, 3000)",
    );
    await collectOnce(source);
    await send("set enable_seqscan = off", ...Array(500).fill("select from keyed where id = 7"));
    await collectOnce(source);
    const index = await cacheOf(source, "index:public.keyed_pkey");
    expect(index).toMatchObject({ kind: "index", parent: "table:public.keyed", misses: 0 });
    expect(index.hits).toBeGreaterThanOrEqual(1000);
  });

  it("I/O contexts: a scan of a large table passes by the buffers", async () => {
    // A context that was never used is not listed yet.
    await send(...bigTable("archive"), "checkpoint", "select count(*) from archive");
    await collectOnce(source);
    await send("select count(*) from archive");
    await collectOnce(source);
    const bulk = await cacheOf(source, "io:client backend:bulkread");
    // In blocks, also where one read of PostgreSQL 18 brings many of them.
    expect(bulk.misses).toBeGreaterThan(4000);
    expect(bulk.readMs).toBeGreaterThan(0);
    expect(bulk.verdict).toMatchObject({ state: "ok", why: expect.stringContaining("by design") });
  });

  it("names that need quotes are told apart and found again", async () => {
    await send('create schema "odd~one"', 'create table "odd~one"."a.b/c%d" as select 1 as id');
    await collectOnce(source);
    await send(...Array(20).fill('select * from "odd~one"."a.b/c%d"'));
    await collectOnce(source);
    const key = 'table:"odd~one"."a.b/c%d"';
    expect(await detailOf(source, key)).toMatchObject({ key, name: "odd~one.a.b/c%d", hits: 20 });
  });
});

describe("a first look, resets and restarts", () => {
  it("a first look counts nothing", async () => {
    await send("create table known as select 1 as id", ...Array(50).fill("select * from known"));
    await collectOnce(source);
    expect(await samplesOf(source.id)).toEqual([]);
    const known = await cacheOf(source, "table:public.known");
    expect(known).toMatchObject({ hits: null, misses: null, ratio: null });
    expect(known.verdict.state).toBe("unknown");
  });

  it("pg_stat_reset leaves a gap and is never negative", async () => {
    await send("create table counted as select 1 as id");
    await collectOnce(source);
    await send(...Array(40).fill("select * from counted"));
    await collectOnce(source);
    const before = await samplesOf(source.id);
    await send("select pg_stat_reset()", ...Array(90).fill("select * from counted"));
    await collectOnce(source);
    const after = (await samplesOf(source.id)).slice(before.length);
    const ofShop = after.filter(({ entity }) => !/^(io|database$)/.test(entity));
    // The server's other databases go on; of this one it is said that it was not counted.
    expect(ofShop).toMatchObject([{ entity: "database:shop", metric: "uncounted_s" }]);
    await send(...Array(5).fill("select * from counted"));
    await collectOnce(source);
    expect((await cacheOf(source, "table:public.counted")).hits).toBe(45);
    expect((await samplesOf(source.id)).every(({ value }) => value > 0)).toBe(true);
  });

  it("a restart leaves a gap, and counting goes on after it", async () => {
    await send("create table lasting as select 1 as id");
    await collectOnce(source);
    await send(...Array(30).fill("select * from lasting"));
    await collectOnce(source);
    await server.stop();
    server = await target.start();
    await source.conn.close();
    const again = { ...source, conn: (await openTarget(server.url)).conn } as CacheSource;
    const written = (await samplesOf(source.id)).length;
    await send(...Array(70).fill("select * from lasting"));
    await collectOnce(again);
    expect(await samplesOf(source.id)).toHaveLength(written);
    await send(...Array(11).fill("select * from lasting"));
    await collectOnce(again);
    expect((await cacheOf(source, "table:public.lasting")).hits).toBe(41);
    await again.conn.close();
  });

  it("a table dropped and made again under its name is another table", async () => {
    await send("create table reborn as select 1 as id", ...Array(10).fill("select * from reborn"));
    await collectOnce(source);
    await send(
      "drop table reborn",
      "create table reborn as select 1 as id",
      ...Array(99).fill("select * from reborn"),
    );
    await collectOnce(source);
    expect(await cacheOf(source, "table:public.reborn")).toMatchObject({ hits: null });
    await send("drop table reborn");
    await collectOnce(source);
    await expect(detailOf(source, "table:public.reborn")).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("read times", () => {
  it("are unknown while track_io_timing is off, not 0", async () => {
    await send("alter system set track_io_timing = off", "select pg_reload_conf()");
    await source.conn.close();
    const untimed = await openTarget(server.url);
    await send(...bigTable("untimed"));
    await collectOnce(untimed);
    await send("select count(*) from untimed");
    await collectOnce(untimed);
    const shop = await cacheOf(untimed, "database:shop");
    expect(shop.misses).toBeGreaterThan(4000);
    expect(shop).toMatchObject({
      readMs: null,
      readMsPerSecond: null,
      untimedBecause: "track_io_timing is off.",
    });
    const { points } = await historyOf(untimed, "database:shop");
    expect(new Set(points.map(({ readMs }) => readMs))).toEqual(new Set([null]));
    expect(points.some(({ missesPerSecond }) => (missesPerSecond ?? 0) > 0)).toBe(true);
    await send("alter system reset track_io_timing", "select pg_reload_conf()");
    await untimed.conn.close();
  });
});

describe("what it costs", () => {
  it("is four statements, once the columns of pg_stat_io are known", async () => {
    const first = await collectOnce(source);
    const { cost, unread } = await collectOnce(source);
    expect(first.cost.statements).toBe(5);
    expect(cost.statements).toBe(4);
    expect(unread).toEqual([]);
  });

  it("is bounded, and what is left out is said", async () => {
    await send(
      "create schema many",
      ...Array.from({ length: 210 }, (_, at) => `create table many.t${at} (id int)`),
    );
    const { unread } = await collectOnce(source);
    expect(unread).toEqual(["Only the 200 busiest tables are watched."]);
    expect((await list({ source: source.name, kind: "table" })).total).toBe(200);
    await send("drop schema many cascade");
  });
});

describe.runIf(installedPostgres().length > 0)("servers before PostgreSQL 16", () => {
  it.each(installedPostgres())("%s: everything but I/O contexts", async (bin) => {
    const old = await startInstalledPostgres(bin);
    const own = await openTarget(old.url);
    try {
      expect((await collectOnce(own)).unread).toEqual([]);
      await collectOnce(own);
      const { rows } = await list({ source: own.name, limit: 200 });
      expect(rows.map(({ key }) => key)).toContain("database:postgres");
    } finally {
      await own.conn.close();
      await old.stop();
    }
  });
});
