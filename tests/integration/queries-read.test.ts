import { afterAll, beforeAll, expect, test } from "vitest";
import { systemActor } from "#lib/auth/actor.ts";
import { HOUR, MINUTE } from "#lib/core/time.ts";
import { closePool, sql, transaction } from "#lib/db/sql.ts";
import type { PostgresServer } from "#lib/embedded/postgres.ts";
import type { TargetAction } from "#lib/actions/define.ts";
import type { FoundProblem } from "#lib/signals/define.ts";
import type { QueryDetail, QueryList } from "#lib/signals/queries/schema.ts";
import { queries } from "#lib/signals/queries/signal.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";
import { Application, collectOnce, openTarget, startTarget } from "./queries-target.ts";

let own: TestDatabase;
let target: PostgresServer;
let source: OpenSource<"postgres">;
let app: Application;
/** The console's clock: collections happen when the test says, so that windows hold what it put there. */
const start = new Date(Math.floor(Date.now() / HOUR) * HOUR - HOUR);
const at = (minutes: number): Date => new Date(start.getTime() + minutes * MINUTE);

beforeAll(async () => {
  own = await createDatabase();
  Object.assign(process.env, {
    DATABASE_URL: own.url,
    REDIS_URL: "redis://127.0.0.1:1",
    PLUMBLINE_SECRET: "x".repeat(32),
  });
  target = await (await startTarget({ "pg_stat_statements.track": "top" })).start();
  app = new Application(target.url);
  const admin = new Application(target.adminUrl);
  await admin.send("grant pg_monitor to shop");
  await app.send("create table payment (id int primary key, merchant int, note text)");
  await app.send("insert into payment select i, i % 50, 'n' || i from generate_series(1, 40000) i");
  await app.send("analyze payment");
  await admin.send("select pg_stat_statements_reset()");
  source = await openTarget("shop", target.url);
  await sql.query(
    `INSERT INTO collection (source_id, signal, interval_ms, last_attempt_at, last_success_at) VALUES ($1, 'queries', 10000, $2, $2)`,
    [source.id, at(30)],
  );
  await collectOnce(source, at(0));
  await work(5);
});
afterAll(async () => {
  await source.conn.close();
  await target.stop();
  await closePool();
  await own.drop();
});

const BY_MERCHANT = "select * from payment where merchant = 7 and note = 'x'";
const BY_ID = "select note from payment where id = 9";

async function work(minute: number): Promise<void> {
  await app.send(BY_MERCHANT, 12);
  await app.send(BY_ID, 30);
  await app.send("update payment set note = 'secret-note' where id = 3", 2);
  await app.send("set application_name = 'hush'");
  await collectOnce(source, at(minute));
}

const context = (minute: number) => ({ actor: systemActor("test"), now: at(minute) });

async function list(params: Record<string, unknown> = {}, minute = 6): Promise<QueryList> {
  const read = queries.read.list;
  const { data } = await read.run(context(minute), read.params.parse(params));
  return read.data.parse(data) as QueryList;
}

async function detail(
  id: string,
  params: Record<string, unknown> = {},
  minute = 6,
): Promise<QueryDetail> {
  const read = queries.read.get!;
  const { data } = await read.run(context(minute), id, read.params.parse(params));
  return read.data.parse(data) as QueryDetail;
}

async function idOf(part: string): Promise<string> {
  return (await list({ q: part })).rows[0]!.id;
}

test("the list is sorted by the server, with shares that add up and rates of the observed time", async () => {
  const { rows, totals } = await list();
  expect(rows[0]).toMatchObject({
    summary: "select * from payment where merchant = $1 and note = $2",
    calls: 12,
    kind: "SELECT",
    source: "shop",
    database: "shop",
    role: "shop",
    planState: "planned",
  });
  expect(rows.map((row) => row.execMs)).toEqual(
    rows.map((row) => row.execMs).toSorted((a, b) => b - a),
  );
  expect(rows.reduce((sum, row) => sum + (row.share ?? 0), 0)).toBeCloseTo(1);
  expect(totals.seconds).toBeGreaterThan(0);
  expect(rows[0]!.callsPerSecond).toBeCloseTo(12 / totals.seconds);
  const byCalls = await list({ sort: "calls" });
  expect(byCalls.rows[0]).toMatchObject({ calls: 30, hitRatio: expect.any(Number) });
});

test("no literal reaches the list", async () => {
  expect(JSON.stringify(await list())).not.toMatch(/secret-note|hush/);
});

test("pages join without a gap, also while time goes on", async () => {
  const whole = (await list({ sort: "calls", dir: "asc" })).rows.map((row) => row.id);
  const paged: string[] = [];
  let cursor: string | null = null;
  do {
    const page: QueryList = await list(
      { sort: "calls", dir: "asc", limit: 2, ...(cursor && { cursor }) },
      8,
    );
    paged.push(...page.rows.map((row) => row.id));
    cursor = page.nextCursor;
  } while (cursor);
  expect(paged).toEqual(whole);
});

test.each(["x", "bm90IGEgY3Vyc29y"])("a cursor that is none (%s) is refused", async (cursor) => {
  await expect(list({ cursor })).rejects.toMatchObject({ code: "bad_request" });
});

test("search and filters narrow the list, not the totals of their scope", async () => {
  const all = await list();
  const found = await list({ q: "MERCHANT = $1" });
  expect(found.rows.map((row) => row.summary)).toEqual([expect.stringContaining("merchant")]);
  expect(found.totals).toEqual(all.totals);
  expect((await list({ q: "100%_" })).rows).toEqual([]);
  expect((await list({ database: "elsewhere" })).rows).toEqual([]);
  expect((await list({ source: "elsewhere" })).rows).toEqual([]);
  expect(all.sources).toEqual(["shop"]);
  expect(all.databases).toContain("shop");
});

test("a statement's page has its numbers, its plan and what the plan says", async () => {
  const found = await detail(await idOf("merchant"));
  expect(found).toMatchObject({
    text: "select * from payment where merchant = $1 and note = $2",
    calls: 12,
    before: null,
    noPlan: null,
    plan: {
      current: true,
      shape: "Seq Scan on payment",
      observations: [expect.stringMatching(/^Reads all 40,0\d\d rows of payment to keep about/)],
    },
  });
  expect(found.plans).toHaveLength(1);
});

test("a statement without a plan says why", async () => {
  const utility = await detail(await idOf("application_name"));
  expect(utility).toMatchObject({ plan: null, noPlan: { reason: "not_explainable" } });
});

test.each(["0", "999999", "abc", "1; drop table payment"])("%s is no statement", async (id) => {
  await expect(detail(id)).rejects.toMatchObject({ code: "not_found" });
});

test("history shows gaps where nobody looked and zero where nothing ran", async () => {
  const read = queries.read.series!;
  const id = await idOf("merchant");
  await collectOnce(source, at(9));
  const { data } = await read.run(context(10), read.params.parse({ id, range: "10m" }));
  const { points, bucketMs } = data as {
    bucketMs: number;
    points: { callsPerSecond: number | null; meanMs: number | null }[];
  };
  expect(bucketMs).toBe(MINUTE);
  expect(
    points.map((point) => (point.callsPerSecond === null ? null : point.callsPerSecond > 0)),
  ).toEqual([...Array(5).fill(null), true, ...Array(3).fill(null), false]);
  expect(points[9]!.meanMs).toBeNull();
});

test("a plan that becomes another one is kept beside the old one, and marked", async () => {
  const id = await idOf("merchant");
  await app.send("create index payment_merchant on payment (merchant, note)");
  const action = queries.actions[0] as unknown as TargetAction<
    { statement: string },
    { planned: boolean; planChanged: boolean }
  >;
  const input = { statement: id };
  const { fence } = await action.observe({ source, input });
  expect(await action.readBack({ source, input, fence, runId: "" })).toBe("not_applied");
  const actor = systemActor("test");
  const { result } = await action.run({ source, actor, input, fence, runId: "" });
  expect(result).toEqual({ planned: true, reason: null, planChanged: true });
  expect(await action.readBack({ source, input, fence, runId: "" })).toBe("applied");
  const { plan, plans } = await detail(id);
  expect(plan!.shape).toMatch(/Index .*Scan|Bitmap/);
  expect(plans.map((each) => each.current)).toEqual([true, false]);
  const old = await detail(id, { plan: plans[1]!.id });
  expect(old.plan).toMatchObject({ current: false, shape: "Seq Scan on payment" });
});

test("a plan that is not to be had is refused before the target is asked", async () => {
  const action = queries.actions[0] as unknown as TargetAction<{ statement: string }, unknown>;
  const observe = (statement: string) => action.observe({ source, input: { statement } });
  await expect(observe(await idOf("application_name"))).rejects.toMatchObject({
    code: "precondition_failed",
  });
  await expect(observe("999999")).rejects.toMatchObject({ code: "not_found" });
});

async function problemsAt(minute: number): Promise<FoundProblem[]> {
  const { id, name, kind, labels } = source;
  return transaction((tx) =>
    queries.problems({ tx, source: { id, name, kind, labels }, now: at(minute) }),
  );
}

test("a statement that gets much slower is a problem until it is fast again", async () => {
  const slow = "select count(*), pg_sleep(0.08) from payment where id < 5";
  const quick = "select count(*), pg_sleep(0.0) from payment where id < 5";
  await app.send(quick, 20);
  await collectOnce(source, at(40));
  expect((await problemsAt(40)).filter((each) => each.type === "query_slower")).toEqual([]);
  await app.send(slow, 12);
  await collectOnce(source, at(45));
  const [problem] = (await problemsAt(45)).filter((each) => each.type === "query_slower");
  expect(problem).toMatchObject({
    severity: "warning",
    title: expect.stringMatching(/ → 8\d(\.\d)? ms per call \(×\d+\)$/),
  });
  await sql.query(
    `INSERT INTO problem (key, source_id, signal, type, entity, severity, title, href, since, last_seen)
     VALUES ('queries:query_slower:' || $2, $1, 'queries', 'query_slower', $2, 'warning', '', '', $3, $3)`,
    [source.id, problem!.entity, at(45)],
  );
  await app.send(slow, 12);
  await collectOnce(source, at(50));
  expect((await problemsAt(50)).map((each) => each.type)).toContain("query_slower");
  await app.send(quick, 20);
  await collectOnce(source, at(55));
  expect((await problemsAt(55)).map((each) => each.type)).not.toContain("query_slower");
});

test("metrics count per database, never per statement, and without our own statements", async () => {
  const values = new Map(
    await Promise.all(
      queries.metrics.map(async (family) => [family.name, await family.read(at(55))] as const),
    ),
  );
  const shop = { source: "shop", database: "shop" };
  expect(values.get("plumbline_database_statement_calls_total")).toContainEqual({
    labels: shop,
    value: expect.any(Number),
  });
  expect(values.get("plumbline_statement_plans")).toContainEqual({
    labels: { source: "shop", outcome: "planned" },
    value: expect.any(Number),
  });
  const counted = values
    .get("plumbline_database_statement_calls_total")!
    .find(({ labels }) => labels["database"] === "shop")!;
  const { rows } = await sql.query<{ calls: number }>(
    "SELECT sum(d.calls) AS calls FROM queries_delta d JOIN queries_statement s ON s.id = d.statement_id WHERE s.toplevel AND s.database = 'shop'",
  );
  expect(counted.value).toBe(rows[0]!.calls);
});
