import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import type { PostgresServer } from "#lib/embedded/postgres.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { Application, collectOnce, openTarget, startTarget } from "./queries-target.ts";
import { act, auditOf, carryOut, person, submit } from "./queues-acting.ts";

let ground: Ground;
let target: PostgresServer;
let source: OpenSource<"postgres">;
let statement: string;

beforeAll(async () => {
  ground = await openGround();
  target = await (await startTarget({ "pg_stat_statements.track": "top" })).start();
  await new Application(target.adminUrl).send("grant pg_monitor to shop");
  source = await openTarget("shop", target.url);
  const app = new Application(target.url);
  await app.send("create table payment (id int primary key, note text)");
  await collectOnce(source);
  await app.send("select * from payment where note = 'x'", 3);
  await collectOnce(source);
  statement = await idOf("select * from payment%");
});
afterAll(async () => {
  await source.conn.close();
  await target.stop();
  await ground.close();
});
beforeEach(() => sql.query("UPDATE queries_plan_attempt SET tried_at = now() - interval '1 hour'"));

async function idOf(text: string): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    "SELECT id::text AS id FROM queries_statement WHERE text LIKE $1",
    [text],
  );
  return rows[0]!.id;
}

const name = "queries.explain";

async function triedAgo(): Promise<number> {
  const { rows } = await sql.query<{ seconds: number }>(
    "SELECT extract(epoch FROM now() - tried_at)::float8 AS seconds FROM queries_plan_attempt WHERE statement_id = $1::bigint",
    [statement],
  );
  return rows[0]!.seconds;
}

test("is refused for a role without it, and nothing is asked", async () => {
  const intent = { actor: person("viewer"), source, name, input: { statement } };
  await expect(submit(intent)).rejects.toMatchObject({ code: "forbidden" });
  expect(await triedAgo()).toBeGreaterThan(3_000);
});

test("has one effect when it is submitted ten times at once", async () => {
  const intent = {
    actor: person("oncall"),
    source,
    name,
    input: { statement },
    key: "one-intention",
  };
  const before = source.cost.statements;
  const runs = await Promise.allSettled(Array.from({ length: 10 }, () => submit(intent)));
  const ids = new Set(runs.flatMap((run) => (run.status === "fulfilled" ? [run.value.id] : [])));
  expect(ids.size).toBe(1);
  const [id] = ids as Set<string>;
  await Promise.all(Array.from({ length: 10 }, () => carryOut({ id: id! }, source)));
  // One plan: begin, settings, prepare, explain, sizes, rollback, deallocate.
  expect(source.cost.statements - before).toBe(7);
});

test("plans the statement and is in the audit, without a word of the statement", async () => {
  const run = await act({ source, name, input: { statement } });
  expect(run).toMatchObject({
    state: "succeeded",
    result: { planned: true, reason: null, planChanged: false },
  });
  expect(await triedAgo()).toBeLessThan(60);
  const events = await auditOf(run);
  expect(events.map(({ phase }) => phase)).toEqual(["intent", "outcome"]);
  expect(events.at(-1)).toMatchObject({ action: name, target: `statement ${statement}` });
  expect(JSON.stringify(events)).not.toContain("payment");
});

test("a plan that cannot be had is a result with its reason, not a failure", async () => {
  await new Application(target.url).send("alter table payment rename to charge");
  const run = await act({ source, name, input: { statement } });
  await new Application(target.url).send("alter table charge rename to payment");
  expect(run).toMatchObject({
    state: "succeeded",
    result: { planned: false, reason: "missing_relation" },
  });
});

test("what has no plan is refused with the reason", async () => {
  await new Application(target.url).send("set application_name = 'x'");
  await collectOnce(source);
  const utility = await idOf("set application_name%");
  expect(await act({ source, name, input: { statement: utility } })).toMatchObject({
    state: "failed",
    error: { code: "precondition_failed" },
  });
});
