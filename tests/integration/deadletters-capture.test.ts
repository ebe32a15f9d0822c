import Bull from "bull";
import { UnrecoverableError } from "bullmq";
import { describe, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { measureCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { countsOf } from "./deadletters-failures.ts";
import { capture, captured, captureOf, failJobs, letFail, watch } from "./deadletters-target.ts";
import { type QueueTarget, until, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const KEY = "bull:payments";
const jobs = (count: number, opts: object = {}) =>
  Array.from({ length: count }, (_each, at) => ({ name: "charge", data: { order: at }, opts }));

test("every failed job is captured whole, once, however often one looks", async () => {
  const queue = target.queue("payments");
  await queue.add("charge", { user: { id: 42 } }, { attempts: 2, jobId: "order-42-a" });
  await letFail(target, "payments", 1, () => new TypeError("no order 42 for anna@example.com"));
  await watch(source, KEY);
  await capture(source);
  await capture(source);
  const [letter, ...more] = await captured(source, KEY);
  expect(more).toEqual([]);
  const score = await target.redis.zscore(`${KEY}:failed`, "order-42-a");
  expect(letter).toMatchObject({
    job: "order-42-a",
    state: "dead",
    score,
    name: "charge",
    errorClass: "TypeError",
    message: "no order 42 for •••@•••",
    error: "no order 42 for anna@example.com",
    attempts: 2,
    poison: false,
  });
  expect(letter?.data?.toString()).toBe('{"user":{"id":42}}');
  expect(letter?.eventId).toMatch(/^\d+-\d+$/);
  expect(await captureOf(source, KEY)).toMatchObject({
    watermark: score,
    arrived: 1,
    lost: 0,
    gaps: 0,
  });
});

test("a backlog of many pages is captured completely in one round", async () => {
  await failJobs(target, "payments", jobs(1_300));
  await watch(source, KEY);
  await capture(source);
  const { id } = await captureOf(source, KEY);
  expect(await countsOf(id)).toEqual({ dead: 1_300 });
});

test("many failures of one millisecond are told apart", async () => {
  const batch = target.redis.pipeline();
  for (let at = 0; at < 1_700; at += 1) {
    batch.hset(`${KEY}:${at}`, { name: "x", data: "{}", failedReason: "no", finishedOn: 1_000 });
    batch.zadd(`${KEY}:failed`, 1_000, String(at));
  }
  await batch.exec();
  await watch(source, KEY);
  await capture(source);
  expect(await countsOf((await captureOf(source, KEY)).id)).toEqual({ dead: 1_700 });
});

describe("what others do", () => {
  test("a retry is told, also when the job is gone by then: superseded, not gone", async () => {
    await failJobs(target, "payments", jobs(2, { removeOnComplete: true }));
    await watch(source, KEY);
    await capture(source);
    const queue = target.queue("payments");
    const [one] = await queue.getFailed(0, 0);
    await one?.retry();
    await target.worker("payments", () => Promise.resolve());
    await until(
      () => queue.getJobCounts("waiting", "active"),
      ({ waiting, active }) => waiting === 0 && active === 0,
    );
    await capture(source);
    const states = (await captured(source, KEY)).map(({ job, state }) => [job, state]);
    expect(Object.fromEntries(states)).toEqual({
      "1": "dead",
      "2": "dead",
      [one?.id ?? ""]: "superseded",
    });
  });

  test("a failure after that is a new letter, linked to the one before", async () => {
    await failJobs(target, "payments", jobs(1));
    await watch(source, KEY);
    await capture(source);
    const [job] = await target.queue("payments").getFailed(0, 0);
    await job?.retry();
    await letFail(target, "payments", 1);
    await capture(source);
    const [first, second, ...more] = await captured(source, KEY);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ state: "superseded" });
    expect(second).toMatchObject({ state: "dead", retries: 1, previousId: first?.id });
  });

  test("a retry before anybody looked leaves a letter of the failure with its payload", async () => {
    await failJobs(target, "payments", jobs(1));
    const [job] = await target.queue("payments").getFailed(0, 0);
    await job?.retry();
    await watch(source, KEY);
    await capture(source);
    await capture(source);
    const letters = await captured(source, KEY);
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ state: "superseded", score: null, message: "no" });
    expect(letters[0]?.data?.toString()).toBe('{"order":0}');
  });

  test("a job that was removed is found gone by the walk, with its payload kept here", async () => {
    await failJobs(target, "payments", jobs(3));
    await watch(source, KEY);
    await capture(source);
    const [job] = await target.queue("payments").getFailed(0, 0);
    await job?.remove();
    await sql.query(
      "UPDATE deadletters_queue SET reconciled_at = now() - interval '1 hour', reconcile_cursor = NULL",
    );
    await capture(source);
    await capture(source);
    const letters = await captured(source, KEY);
    expect(letters.filter(({ state }) => state === "dead")).toHaveLength(2);
    expect(letters.find(({ job: id }) => id === job?.id)).toMatchObject({ state: "gone" });
    expect(letters.every(({ data }) => data !== null)).toBe(true);
  });
});

test("a failure whose worker's clock is behind is found all the same", async () => {
  await failJobs(target, "payments", jobs(1));
  await watch(source, KEY);
  await capture(source);
  const newest = Number(await target.redis.zscore(`${KEY}:failed`, "1"));
  await target.redis.hset(`${KEY}:late`, {
    name: "x",
    data: "{}",
    failedReason: "late",
    finishedOn: newest - 30_000,
  });
  await target.redis.zadd(`${KEY}:failed`, newest - 30_000, "late");
  // No event, no newer score: only the walk or a second look at the overlap can find it.
  await sql.query("UPDATE deadletters_queue SET reconciled_at = NULL, reconcile_cursor = NULL");
  await capture(source);
  expect((await captured(source, KEY)).map(({ job }) => job)).toEqual(["1", "late"]);
});

test("jobs of Bull beside BullMQ", async () => {
  const bull = target.opened(new Bull("legacy", target.server.url));
  await bull.add("mail", { to: "x" }, { attempts: 2 });
  bull.process("mail", () => Promise.reject(new TypeError("bull says no"))).catch(() => {});
  await until(
    () => bull.getFailedCount(),
    (count) => count === 1,
  );
  await failJobs(target, "payments", jobs(2));
  await watch(source, KEY, "bull:legacy");
  await capture(source);
  expect(await captured(source, KEY)).toHaveLength(2);
  const [letter] = await captured(source, "bull:legacy");
  expect(letter).toMatchObject({
    name: "mail",
    attempts: 2,
    errorClass: "TypeError",
    state: "dead",
  });
  expect(letter?.data?.toString()).toBe('{"to":"x"}');
});

test("an unrecoverable error is captured with the attempts that were made", async () => {
  await failJobs(
    target,
    "payments",
    jobs(1, { attempts: 5 }),
    () => new UnrecoverableError("never"),
  );
  await watch(source, KEY);
  await capture(source);
  expect((await captured(source, KEY))[0]).toMatchObject({
    attempts: 1,
    errorClass: "UnrecoverableError",
  });
});

test("nothing new costs at most two commands per queue", async () => {
  const keys = Array.from({ length: 40 }, (_each, at) => `bull:queue-${at}`);
  await Promise.all(keys.map((_key, at) => target.queue(`queue-${at}`).add("x", {})));
  await watch(source, ...keys);
  for (let round = 0; round < 4; round += 1) await capture(source);
  const { cost } = await measureCost(() => capture(source));
  expect(cost.commands).toBeLessThanOrEqual(2 * keys.length);
});
