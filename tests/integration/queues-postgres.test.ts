import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { newCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { PostgresQueues } from "#tests/support/postgres-queues.ts";
import { collectOnce, observed, until } from "./queues-target.ts";

let ground: Ground;
let target: PostgresQueues;
let source: OpenSource<"bullmq_postgres">;

beforeAll(async () => {
  ground = await openGround();
  target = await PostgresQueues.start();
});
beforeEach(async () => {
  source = await openTarget();
});
afterEach(async () => {
  await source.conn.close();
  await target.clear();
});
afterAll(async () => {
  await target.stop();
  await ground.close();
});

/** A row in `source` and an open connection, as the worker would have them. */
async function openTarget(): Promise<OpenSource<"bullmq_postgres">> {
  const id = randomUUID();
  const name = `queues-${id.slice(0, 8)}`;
  const kind = "bullmq_postgres";
  await sql.query("INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, $2, $3, 15000)", [
    id,
    name,
    kind,
  ]);
  const cost = newCost();
  const conn = new BullmqPostgresConnection(target.database.url, null, cost);
  const probe = { serverVersion: "18.4", capabilities: [], facts: {}, refusal: null };
  const known = { serverVersion: "18.4", capabilities: new Set<string>(), probe };
  return { id, name, kind, labels: {}, intervalMs: 15_000, ...known, conn, cost };
}

const fails = () => Promise.reject(new Error("the bank said no"));

test("every state is counted for itself, and the queue says what it is", async () => {
  const queue = target.queue("mails");
  await queue.addBulk([
    { name: "a", data: {} },
    { name: "b", data: {} },
    { name: "c", data: {}, opts: { priority: 5 } },
    { name: "d", data: {}, opts: { delay: 60_000 } },
  ]);
  const row = await observed(source, "mails");
  expect(row).toMatchObject({ prefix: "bullmq", flavour: "bullmq", backlog: 3, paused: false });
  expect(row.readOnlyBecause).toContain("only reads");
  expect(row.version).toMatch(/^6\./);
  expect(row.counts).toEqual({
    waiting: 2,
    prioritized: 1,
    delayed: 1,
    active: 0,
    failed: 0,
    completed: 0,
    paused: 0,
    "waiting-children": 0,
  });
});
