import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { countingTime, countOn, uncountedSentences } from "#lib/signals/queues/postgres/counts.ts";
import { lookAtQueues } from "#lib/sources/bullmq-postgres/queue-state.ts";
import { installQueueTables } from "#tests/support/postgres-queues.ts";
import { withPostgresQueues } from "./queues-postgres-target.ts";
import { collectOnce, observed, until } from "./queues-target.ts";

const queues = withPostgresQueues();

const fails = () => Promise.reject(new Error("the bank said no"));
const soon = (seconds: number): Date => new Date(Date.now() + seconds * 1_000);
/** Events are left alone for a second, so that none which commits late is passed over. */
const settled = () => sleep(1_100);

test("every state is counted for itself, and the queue says what it is", async () => {
  await queues.target.queue("mails").addBulk([
    { name: "a", data: {} },
    { name: "b", data: {} },
    { name: "c", data: {}, opts: { priority: 5 } },
    { name: "d", data: {}, opts: { delay: 60_000 } },
  ]);
  const row = await observed(queues.source, "mails");
  expect(row).toMatchObject({ prefix: "bullmq", flavour: "bullmq", backlog: 3, paused: false });
  expect(row.readOnlyBecause).toContain("On PostgreSQL");
  expect(row.noRetryBecause).toContain("may only read");
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

test("more jobs than a first look counts are counted on", async () => {
  const added = `insert into job (queue, id, seq, name, state, added_at_ms, process_at_ms)
    select 'mails', n::text, n, 'a', 'delayed', 0, n from generate_series(1, 12345) as n`;
  await queues.target.sql.query(added);
  const { rows, unread } = await collectOnce(queues.source);
  expect(unread).toEqual([]);
  expect(rows[0]?.counts.delayed).toBe(12_345);
  expect(rows[0]).toMatchObject({
    retrying: { value: 0, estimated: true },
    scheduled: { value: 12_345, estimated: true },
  });
});

test("delayed jobs that have failed before are told from those that were scheduled", async () => {
  const queue = queues.target.queue("mails");
  await queue.add("later", {}, { delay: 60_000 });
  await queue.add("flaky", {}, { attempts: 3, backoff: { type: "fixed", delay: 60_000 } });
  await queues.target.worker("mails", fails);
  const row = await until(
    () => observed(queues.source, "mails"),
    ({ counts }) => counts.delayed === 2,
  );
  expect(row).toMatchObject({
    retrying: { value: 1, estimated: false },
    scheduled: { value: 1, estimated: false },
  });
});

describe("oldest waiting", () => {
  const minutesAgo = (minutes: number): number => Date.now() - minutes * 60_000;

  test("finds the job that urgent ones keep pushing back, and the first of those taken in reverse", async () => {
    const queue = queues.target.queue("mails");
    await queue.add("urgent", {}, { priority: 1 });
    await queue.add("starved", {}, { priority: 9, timestamp: minutesAgo(10) });
    await queue.add("not so urgent", {}, { priority: 9 });
    const reversed = queues.target.queue("stack");
    await reversed.add("first", {}, { lifo: true, timestamp: minutesAgo(20) });
    await reversed.add("second", {}, { lifo: true });
    const { rows } = await collectOnce(queues.source);
    const seconds = rows.map(({ oldestWaitingSeconds }) => oldestWaitingSeconds?.value ?? 0);
    expect(Math.floor((seconds[0] ?? 0) / 60)).toBe(10);
    expect(Math.floor((seconds[1] ?? 0) / 60)).toBe(20);
    expect(rows[0]?.oldestWaitingSeconds?.estimated).toBe(false);
  });

  test("counts from the end of a delay", async () => {
    await queues.target
      .queue("mails")
      .add("due", {}, { timestamp: minutesAgo(60), delay: 3_300_000 });
    // A worker that was there for a moment found it due.
    await queues.target.sql.query("update job set state = 'waiting', delay_ms = 0");
    const { oldestWaitingSeconds } = await observed(queues.source, "mails");
    expect(Math.floor((oldestWaitingSeconds?.value ?? 0) / 60)).toBe(5);
  });

  test("is unknown for jobs that were retried or promoted by hand, because nothing tells since when they wait", async () => {
    const queue = queues.target.queue("mails");
    await queue.add("flaky", {}, { timestamp: minutesAgo(60) });
    const worker = await queues.target.worker("mails", fails);
    const [failed] = await until(
      () => queue.getFailed(0, 1),
      (jobs) => jobs.length === 1,
    );
    await worker.close();
    await failed?.retry();
    const later = await queue.add("later", {}, { delay: 3_600_000 });
    await later.promote();
    const row = await observed(queues.source, "mails");
    expect(row.counts.waiting).toBe(2);
    expect(row.oldestWaitingSeconds).toBeNull();
  });
});

describe("workers", () => {
  test("are counted; jobs without any are unattended; a paused queue is idle on purpose", async () => {
    const queue = queues.target.queue("mails");
    await queue.add("a", {});
    expect(await observed(queues.source, "mails")).toMatchObject({ workers: 0, unattended: true });
    await queue.pause();
    const paused = { paused: true, unattended: false };
    expect(await observed(queues.source, "mails")).toMatchObject(paused);
    await queues.target.worker("mails", () => Promise.resolve());
    await queues.target.worker("mails", () => Promise.resolve(), { name: "second" });
    await queues.target.worker("mails2", () => Promise.resolve());
    const row = await until(
      () => observed(queues.source, "mails"),
      ({ workers }) => workers === 2,
    );
    expect(row.unattended).toBe(false);
  });

  test("of a name that two schemas have are unknown: nothing tells whose they are", async () => {
    await queues.target.queue("mails").add("a", {});
    await installQueueTables(queues.target.database.url, "other");
    await queues.target.sql.query(
      "insert into other.meta values ('mails', 'version', 'bullmq:6.7.0')",
    );
    const { rows } = await collectOnce(queues.source);
    await queues.target.sql.query("drop schema other cascade");
    expect(rows.map(({ prefix, workers }) => [prefix, workers])).toEqual([
      ["bullmq", null],
      ["other", null],
    ]);
  });
});

describe("what finished", () => {
  test("is counted from the events, with attempts and times", async () => {
    const queue = queues.target.queue("mails");
    await queue.add("before", {});
    await settled();
    expect((await observed(queues.source, "mails")).finished.completed).toBeNull();
    await queue.addBulk([1, 2, 3, 4, 5].map((data) => ({ name: "a", data })));
    await queue.add("flaky", "no", { attempts: 2 });
    await queues.target.worker("mails", (job) => (job.data === "no" ? fails() : Promise.resolve()));
    await until(
      () => queue.getJobCounts("completed", "failed"),
      ({ completed, failed }) => completed === 6 && failed === 1,
    );
    await settled();
    const { rows } = await collectOnce(queues.source, soon(15));
    expect(rows[0]?.finished).toMatchObject({
      completed: 6,
      failed: 1,
      from: "events",
      estimatedBecause: null,
    });
    expect(rows[0]?.times).toMatchObject({ wait: { timed: 8, of: 8 }, run: { timed: 8, of: 8 } });
  });

  test("is taken from the workers' own totals where they collect metrics", async () => {
    const queue = queues.target.queue("mails");
    const metrics = { maxDataPoints: 60 };
    await queues.target.worker("mails", () => Promise.resolve(), { metrics });
    const finish = async (total: number) => {
      await queue.add("a", {});
      await until(
        () => queue.getMetrics("completed"),
        ({ meta }) => meta.count === total,
      );
    };
    await finish(1);
    await collectOnce(queues.source);
    await finish(2);
    await finish(3);
    const { rows } = await collectOnce(queues.source, soon(15));
    expect(rows[0]?.finished).toMatchObject({ completed: 2, failed: 0, from: "worker_metrics" });
  });
});

test("queues are found by their jobs alone, odd names and all, and disappear when they are removed", async () => {
  const name = `zahlungen <b>ü</b> "x" ' ; --`;
  await queues.target.queue(name).add("a", {});
  await queues.target.flows().add({ name: "parent", queueName: "parents", data: {}, children: [] });
  await collectOnce(queues.source);
  await queues.target.sql.query("delete from meta");
  const { rows } = await collectOnce(queues.source);
  expect(rows.map((row) => [row.name, row.backlog])).toEqual([
    ["parents", 1],
    [name, 1],
  ]);
  await queues.target.sql.query("delete from job where queue = 'parents'");
  expect((await collectOnce(queues.source)).rows.map((row) => row.name)).toEqual([name]);
});

test("without the right to read, it says what to do and keeps what it knows", async () => {
  await queues.target.queue("mails").add("a", {});
  await collectOnce(queues.source);
  const target = queues.target.sql;
  await target.query("revoke all on bullmq.event from plumbline_template");
  const { rows, unread } = await collectOnce(queues.source);
  await target.query("grant all on bullmq.event to plumbline_template");
  expect(unread).toEqual([expect.stringContaining("Schema bullmq cannot be read")]);
  expect(rows.map(({ name }) => name)).toEqual(["mails"]);
});

test("many queues are looked at a few at a time, more than one collection can take in turns", async () => {
  await queues.target.sql.query(
    `insert into job (queue, id, seq, name, state, added_at_ms)
     select 'queue-' || n, '1', n, 'a', 'waiting', 0 from generate_series(1, 520) as n`,
  );
  const { unread } = await collectOnce(queues.source);
  expect(unread).toEqual(["520 queues are looked at in turns, 500 at a time."]);
  await collectOnce(queues.source, soon(15));
  const { rows } = await sql.query<{ seen: number }>(
    "SELECT count(*)::int AS seen FROM entity WHERE source_id = $1 AND signal = 'queues'",
    [queues.source.id],
  );
  expect(rows).toEqual([{ seen: 520 }]);
});

test("a rate limit tells what was taken and when it lets more through", async () => {
  const queue = queues.target.queue("mails");
  const limitWindow = async () =>
    (await lookAtQueues(queues.source.conn, "bullmq", ["mails"]))[0]?.limitWindow;
  await queue.addBulk(Array.from({ length: 5 }, () => ({ name: "send", data: {} })));
  expect(await limitWindow()).toBeNull();
  await queues.target.worker("mails", () => Promise.resolve(), {
    limiter: { max: 2, duration: 60_000 },
  });
  const window = await until(limitWindow, (found) => found?.taken === 2);
  expect((window?.leftMs ?? 0) / 1_000).toBeCloseTo(60, -1);
});

test("what is too much to count in time is not known, and said", async () => {
  // Each row takes a while: as in a table that is far too large.
  await queues.target.sql.query(
    `create schema slow; create view slow.job as select 'mails'::text as queue, 'failed'::text as state, 0 as priority
     from generate_series(1, 20) where pg_sleep(0.1) is not null`,
  );
  const looked = { ...counted, name: "mails", counts: { ...counted.counts, failed: 10_000 } };
  const time = countingTime();
  const [queue] = await countOn(queues.source.conn, "slow", [looked], time);
  await queues.target.sql.query("drop schema slow cascade");
  expect(queue?.counts.failed).toBeNull();
  expect(queue?.counts.waiting).toBe(0);
  expect(uncountedSentences(time)).toEqual(["Too many to count in 500 ms: failed jobs of mails."]);
});

const none = { waiting: 0, prioritized: 0, active: 0, delayed: 0, "waiting-children": 0 };
const counted = {
  version: null,
  paused: false,
  globalConcurrency: null,
  rateLimit: null,
  limitWindow: null,
  counts: { ...none, completed: 0, failed: 0 },
  oldestFailedAt: null,
  newestFailed: null,
  newestCompletedAt: null,
  nextDueAt: null,
  workerTotals: { completed: null, failed: null },
};
