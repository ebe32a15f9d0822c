import Bull from "bull";
import { Queue as Queue5 } from "bullmq5";
import { expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { measureCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import {
  collectOnce,
  listed,
  observed,
  openTarget,
  type QueueTarget,
  until,
  onQueueGround,
} from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const soon = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

test("every state is counted for itself, and what could run now is the backlog", async () => {
  const queue = target.queue("mails");
  await queue.addBulk([
    { name: "a", data: {} },
    { name: "b", data: {} },
    { name: "c", data: {}, opts: { priority: 5 } },
    { name: "d", data: {}, opts: { delay: 60_000 } },
  ]);
  const row = await observed(source, "mails");
  expect(row).toMatchObject({
    prefix: "bull",
    flavour: "bullmq",
    readOnlyBecause: null,
    backlog: 3,
  });
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
  expect(row.version).toMatch(/^6\./);
});

test("delayed jobs that have failed before are told from those that were scheduled", async () => {
  const queue = target.queue("mails");
  await queue.add("later", {}, { delay: 60_000 });
  await queue.add("flaky", {}, { attempts: 3, backoff: { type: "fixed", delay: 60_000 } });
  const worker = await target.worker("mails", () => Promise.reject(new Error("no")));
  await until(
    () => queue.getDelayedCount(),
    (count) => count === 2,
  );
  await worker.close();
  expect(await observed(source, "mails")).toMatchObject({
    retrying: { value: 1, estimated: false },
    scheduled: { value: 1, estimated: false },
  });
});

test("a large delayed set is split by a sample and says so", async () => {
  const jobs = Array.from({ length: 60 }, () => ({ name: "x", data: {}, opts: { delay: 60_000 } }));
  await target.queue("mails").addBulk(jobs);
  const { retrying, scheduled } = await observed(source, "mails");
  expect([retrying, scheduled]).toEqual([
    { value: 0, estimated: true },
    { value: 60, estimated: true },
  ]);
});

test("workers are counted; jobs without any are unattended; a paused queue is idle on purpose", async () => {
  const queue = target.queue("mails");
  await queue.add("a", {});
  expect(await observed(source, "mails")).toMatchObject({ workers: 0, unattended: true });
  await queue.pause();
  expect(await observed(source, "mails")).toMatchObject({ paused: true, unattended: false });
  await target.worker("mails", () => Promise.resolve());
  await target.worker("mails", () => Promise.resolve(), { name: "second" });
  const row = await until(
    () => observed(source, "mails"),
    ({ workers }) => workers === 2,
  );
  expect(row).toMatchObject({ unattended: false });
});

test("without the right to list clients, workers are unknown and nothing is called unattended", async () => {
  await target.redis.call(
    "ACL",
    "SETUSER",
    "blind",
    "on",
    ">secret",
    "~*",
    "+@all",
    "-client|list",
  );
  await target.queue("mails").add("a", {});
  const url = new URL(target.server.url);
  [url.username, url.password] = ["blind", "secret"];
  const blind = await openTarget(url.href);
  const { rows, unread } = await collectOnce(blind);
  await blind.conn.close();
  expect(rows[0]).toMatchObject({ workers: null, unattended: null, backlog: 1 });
  expect(unread).toEqual([expect.stringContaining("CLIENT LIST")]);
});

test("jobs that BullMQ 5 set aside while paused are waiting jobs, not none", async () => {
  const queue = target.opened(new Queue5("old", { connection: target.redis }));
  await queue.addBulk(Array.from({ length: 100 }, () => ({ name: "a", data: {} })));
  await queue.pause();
  const row = await observed(source, "old");
  expect(row).toMatchObject({ paused: true, backlog: 100 });
  expect(row.counts).toMatchObject({ waiting: 0, paused: 100 });
  expect(row.version).toMatch(/^5\./);
  expect(await target.redis.hget("bull:old:meta", "version")).toMatch(/^bullmq:5\./);
});

test("a Bull queue beside BullMQ is read only, also while it is paused", async () => {
  await target.queue("mails").add("a", {});
  const bull = target.opened(new Bull("legacy", target.server.url));
  await bull.add({});
  await bull.pause();
  const { rows } = await collectOnce(source);
  expect(rows.map(({ name, flavour, paused }) => ({ name, flavour, paused }))).toEqual([
    { name: "legacy", flavour: "bull", paused: true },
    { name: "mails", flavour: "bullmq", paused: false },
  ]);
  expect(rows[0]).toMatchObject({ backlog: 1, readOnlyBecause: expect.stringContaining("Bull") });
  // Bull writes no events: nothing is known of its retries and times.
  await collectOnce(source, soon(15));
  const [legacy] = await listed(source);
  expect(legacy).toMatchObject({ name: "legacy", times: null, amplification: null, storm: null });
});

test("odd prefixes and names are found and kept apart", async () => {
  const names = [
    ["app:eu:west", "mails"],
    ["{app}", "mails"],
    ["bull", "zahlungen <b>ü</b>"],
    ["bull", "100% {x}"],
  ] as const;
  for (const [prefix, name] of names) await target.queue(name, { prefix }).add("a", {});
  const { rows } = await collectOnce(source);
  const found = rows.map(({ prefix, name, backlog }) => [prefix, name, backlog]);
  expect(found).toHaveLength(names.length);
  expect(found).toEqual(expect.arrayContaining(names.map((pair) => [...pair, 1])));
});

test("a queue that was removed meanwhile disappears, and other keys are no queues", async () => {
  const queue = target.queue("mails");
  await queue.add("a", {});
  await target.redis.set("session:mails:id", "5");
  await target.redis.set("other:meta:failed", "a text");
  expect((await collectOnce(source)).rows).toHaveLength(1);
  await queue.obliterate({ force: true });
  await target.redis.del("bull:mails:meta", "bull:mails:id", "bull:mails:events");
  expect((await collectOnce(source)).rows).toEqual([]);
});

test("a key of the wrong type makes its figure unknown, not the collection fail", async () => {
  await target.queue("mails").add("a", {});
  await target.redis.set("bull:mails:delayed", "somebody's text");
  const row = await observed(source, "mails");
  expect(row.counts).toMatchObject({ waiting: 1, delayed: null });
  expect(row.retrying).toBeNull();
});

test("only the prefixes a source names are watched", async () => {
  await target.queue("mails").add("a", {});
  await target.queue("mails", { prefix: "other" }).add("a", {});
  const narrow = await openTarget(target.server.url, { prefixes: ["other"] });
  const { rows } = await collectOnce(narrow);
  await narrow.conn.close();
  expect(rows.map(({ prefix }) => prefix)).toEqual(["other"]);
});

test("the cost does not depend on how many jobs there are, and stays within the budget for 50 queues", async () => {
  const jobs = Array.from({ length: 40 }, (_job, at) => ({
    name: "a",
    data: {},
    opts: at % 2 ? { delay: 60_000 } : { priority: at % 4 },
  }));
  await Promise.all(
    Array.from({ length: 50 }, (_queue, at) => target.queue(`queue-${at}`).addBulk(jobs)),
  );
  await collectOnce(source);
  const { cost } = await measureCost(() => collectOnce(source, soon(15)));
  // 15 s between two collections.
  expect(cost.commands / 15).toBeLessThan(200);
});

test("more queues than one collection looks at are looked at in turns", async () => {
  const batch = target.redis.pipeline();
  for (let at = 0; at < 520; at += 1) {
    batch.hset(`bull:queue-${at}:meta`, "version", "bullmq:6.7.0").set(`bull:queue-${at}:id`, at);
  }
  await batch.exec();
  const { unread } = await collectOnce(source);
  expect(unread).toEqual(["520 queues are looked at in turns, 500 at a time."]);
  await collectOnce(source, soon(15));
  await collectOnce(source, soon(30));
  const { rows } = await sql.query<{ seen: number; late: number }>(
    `SELECT count(*)::int AS seen, (count(*) FILTER (WHERE observed_at < $2))::int AS late
     FROM entity WHERE source_id = $1`,
    [source.id, soon(10)],
  );
  expect(rows).toEqual([{ seen: 520, late: 0 }]);
});
