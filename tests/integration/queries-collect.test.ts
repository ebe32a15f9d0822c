import fc from "fast-check";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { closePool, sql } from "#lib/db/sql.ts";
import type { PostgresServer } from "#lib/embedded/postgres.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";
import {
  Application,
  bookedCalls,
  collectOnce,
  observe,
  openTarget,
  startTarget,
  store,
} from "./queries-target.ts";

let own: TestDatabase;
let target: PostgresServer;
let start: () => Promise<PostgresServer>;
let source: OpenSource<"postgres">;
let app: Application;

beforeAll(async () => {
  own = await createDatabase();
  Object.assign(process.env, {
    DATABASE_URL: own.url,
    REDIS_URL: "redis://127.0.0.1:1",
    PLUMBLINE_SECRET: "x".repeat(32),
  });
  ({ start } = await startTarget({ "pg_stat_statements.max": 100 }));
  target = await start();
});

afterAll(async () => {
  await target.stop();
  await closePool();
  await own.drop();
});

/** Each test watches through a source of its own, so that what others counted does not matter. */
let watched = 0;
beforeEach(async () => {
  await admin("select pg_stat_statements_reset()", "grant pg_monitor to shop");
  app = new Application(target.url);
  source = await openTarget(`shop-${++watched}`, target.url);
  await collectOnce(source);
});
afterEach(() => source.conn.close());

async function admin(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: target.adminUrl });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function restart(how: "clean" | "crash"): Promise<void> {
  if (how === "crash") process.kill(-target.pid, "SIGKILL");
  await target.stop();
  target = await start();
  await source.conn.close();
  source = await openTarget(source.name, target.url);
  app = Object.assign(new Application(target.url), { ran: app.ran });
}

test("the first look counts nothing, the second exactly what ran in between", async () => {
  await app.select(1, 7);
  const { difference } = await collectOnce(source);
  expect(difference.kind).toBe("continued");
  expect((await bookedCalls(source.id)).get(1)).toBe(7);
  await collectOnce(source);
  expect((await bookedCalls(source.id)).get(1)).toBe(7);
});

test("a reset loses nothing that ran after it and counts nothing twice", async () => {
  await app.select(1, 4);
  await collectOnce(source);
  await admin("select pg_stat_statements_reset()");
  await app.select(1, 9);
  expect((await collectOnce(source)).difference.kind).toBe("reset");
  expect((await bookedCalls(source.id)).get(1)).toBe(13);
});

test("one entry's reset is seen although it has grown past its former value", async () => {
  await app.select(1, 2);
  await collectOnce(source);
  await admin(
    `select pg_stat_statements_reset(0, 0, queryid) from pg_stat_statements where query = 'select $1'`,
  );
  await app.select(1, 6);
  expect((await collectOnce(source)).difference.kind).toBe("continued");
  expect((await bookedCalls(source.id)).get(1)).toBe(8);
});

test("evictions are counted, and nothing of what they took is made up", async () => {
  await app.select(1, 3);
  await collectOnce(source);
  await storm(2, 300);
  await app.select(1, 3);
  const { difference } = await collectOnce(source);
  expect(difference.deallocs).toBeGreaterThan(0);
  expect(Math.min(...difference.increases.flatMap((each) => each.counters))).toBeGreaterThanOrEqual(
    0,
  );
  const booked = await bookedCalls(source.id);
  expect(booked.get(1)).toBeGreaterThanOrEqual(3);
  for (const [width, calls] of booked) expect(calls).toBeLessThanOrEqual(app.ran.get(width)!);
});

test("a clean restart keeps the statistics, and the count goes on", async () => {
  await app.select(1, 3);
  await collectOnce(source);
  await app.select(1, 2);
  await restart("clean");
  await app.select(1, 4);
  expect((await collectOnce(source)).difference.kind).toBe("continued");
  expect((await bookedCalls(source.id)).get(1)).toBe(9);
});

test("a crash drops the statistics: what ran since is counted, no more", async () => {
  await app.select(1, 3);
  await collectOnce(source);
  await restart("crash");
  await app.select(1, 4);
  expect((await collectOnce(source)).difference.kind).toBe("reset");
  expect((await bookedCalls(source.id)).get(1)).toBe(7);
});

test("a statement sent by a function counts apart from the same one sent by the application", async () => {
  await admin(
    "create or replace function twice() returns void language plpgsql as $$ begin perform 5; perform 5; end $$",
  );
  await app.send("select twice()", 2);
  await app.select(1, 3);
  await collectOnce(source);
  const { rows } = await sql.query<{ toplevel: boolean; calls: number }>(
    `SELECT s.toplevel, sum(d.calls) AS calls FROM queries_delta d JOIN queries_statement s ON s.id = d.statement_id
     WHERE s.source_id = $1 AND s.text ILIKE 'select $1' GROUP BY 1 ORDER BY 1`,
    [source.id],
  );
  expect(rows).toEqual([
    { toplevel: false, calls: 4 },
    { toplevel: true, calls: 3 },
  ]);
});

test("two workers that look at once count everything once", async () => {
  await app.select(1, 4);
  const first = await observe(source);
  await app.select(1, 3);
  const second = await observe(source);
  await Promise.all([store(source, second), store(source, first)]);
  await collectOnce(source);
  expect((await bookedCalls(source.id)).get(1)).toBe(7);
});

test("our own statements are counted as ours and never listed", async () => {
  await collectOnce(source);
  await collectOnce(source);
  const { rows } = await sql.query<{ text: string; booked: boolean }>(
    `SELECT s.text, EXISTS (SELECT FROM queries_delta d WHERE d.statement_id = s.id) AS booked FROM queries_statement s
     WHERE s.source_id = $1 AND s.own`,
    [source.id],
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ booked }) => booked)).toEqual([]);
  const listed = await sql.query(
    "SELECT FROM queries_statement WHERE source_id = $1 AND NOT own AND text LIKE '%pg_stat_statements(%'",
    [source.id],
  );
  expect(listed.rowCount).toBe(0);
  const ours = await sql.query<{ ms: number }>(
    "SELECT sum(own_ms) AS ms FROM queries_database_delta WHERE source_id = $1",
    [source.id],
  );
  expect(ours.rows[0]!.ms).toBeGreaterThan(0);
});

test("statements of other roles are said to be hidden, and counted only from when they can be seen", async () => {
  await admin("revoke pg_monitor from shop");
  await app.select(1);
  await admin("select 'of another role' as other");
  const before = await observe(source);
  await store(source, before);
  expect(before.server.hidden).toBeGreaterThan(0);
  await admin("grant pg_monitor to shop");
  const after = await observe(source);
  expect(
    after.difference.increases.map((each) => each.counters[0]).every((calls) => calls! < 1_000),
  ).toBe(true);
  expect(after.server.hidden).toBe(0);
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("run" as const),
      i: fc.nat(3),
      times: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("collect" as const) }) },
  fc.record({ do: fc.constant("reset" as const) }),
  fc.record({ do: fc.constant("storm" as const) }),
  fc.record({ do: fc.constant("race" as const), times: fc.integer({ min: 1, max: 5 }) }),
);

test("no storm of resets, evictions and racing workers makes up a call", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      for (const each of steps) {
        if (each.do === "run") await app.select(each.i + 1, each.times);
        if (each.do === "collect") await collectOnce(source);
        if (each.do === "reset") await admin("select pg_stat_statements_reset()");
        if (each.do === "storm") await storm(10, 150);
        if (each.do === "race") {
          const one = await observe(source);
          await app.select(1, each.times);
          const two = await observe(source);
          await Promise.all([store(source, one), store(source, two)]);
        }
      }
      await collectOnce(source);
      const { rows } = await sql.query<{ worst: number | null }>(
        "SELECT min(least(d.calls, d.exec_ms, d.rows, d.blks_hit, d.wal_bytes)) AS worst FROM queries_delta d",
      );
      expect(rows[0]!.worst ?? 0).toBeGreaterThanOrEqual(0);
      for (const [width, calls] of await bookedCalls(source.id))
        expect(calls).toBeLessThanOrEqual(app.ran.get(width)!);
    }),
    { numRuns: 15 },
  );
});

/** More statements than pg_stat_statements keeps. */
async function storm(from: number, count: number): Promise<void> {
  await app.send(
    Array.from(
      { length: count },
      (_, i) =>
        `select ${Array(from + i)
          .fill("7")
          .join(", ")}`,
    ).join("; "),
  );
  for (let width = from; width < from + count; width++)
    app.ran.set(width, (app.ran.get(width) ?? 0) + 1);
}
