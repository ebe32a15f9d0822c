import { expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
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
const ids = async (): Promise<string[]> =>
  (await captured(source, KEY)).map(({ job }) => job).toSorted();

test("a queue that throws failures away leaves a tombstone of each: error and attempts, no payload", async () => {
  await failJobs(
    target,
    "payments",
    jobs(5, { removeOnFail: true }),
    () => new Error("order 7 refused"),
  );
  await watch(source, KEY);
  await capture(source);
  await capture(source);
  const letters = await captured(source, KEY);
  expect(letters).toHaveLength(5);
  expect(letters[0]).toMatchObject({
    state: "lost",
    score: null,
    data: null,
    message: "order 7 refused",
    groupMessage: "order <n> refused",
    attempts: 1,
  });
  expect(await captureOf(source, KEY)).toMatchObject({ arrived: 5, lost: 5 });
});

test("of a queue that keeps the newest few, those that were evicted before anybody looked are lost, the others dead", async () => {
  await failJobs(target, "payments", jobs(20, { removeOnFail: 4 }));
  await watch(source, KEY);
  await capture(source);
  await capture(source);
  const { id } = await captureOf(source, KEY);
  expect(await countsOf(id)).toEqual({ dead: 4, lost: 16 });
  expect(await ids()).toHaveLength(20);
  const kept = await target.redis.zrange(`${KEY}:failed`, 0, -1);
  const dead = (await captured(source, KEY)).filter(({ state }) => state === "dead");
  expect(dead.map(({ job }) => job).toSorted()).toEqual(kept.toSorted());
});

test("what is evicted after it was captured stays here with its payload, and is found gone", async () => {
  await failJobs(target, "payments", jobs(4, { removeOnFail: 4 }));
  await watch(source, KEY);
  await capture(source);
  await failJobs(target, "payments", jobs(3, { removeOnFail: 4 }));
  await capture(source);
  await sql.query("UPDATE deadletters_queue SET reconciled_at = NULL, reconcile_cursor = NULL");
  await capture(source);
  await capture(source);
  const { id } = await captureOf(source, KEY);
  expect(await countsOf(id)).toEqual({ dead: 4, gone: 3 });
  expect((await captured(source, KEY)).every(({ data }) => data !== null)).toBe(true);
});

test("a captured failure whose event comes to be read only after it was evicted is not counted again", async () => {
  await failJobs(target, "payments", jobs(3));
  await watch(source, KEY);
  await capture(source);
  // As if the events had not been read in the round that captured them from the set.
  await sql.query("UPDATE deadletters_queue SET event_id = '0-0'");
  await sql.query("UPDATE deadletters_letter SET event_id = NULL");
  await target.queue("payments").clean(0, 100, "failed");
  await capture(source);
  const { id } = await captureOf(source, KEY);
  expect(await ids()).toEqual(["1", "2", "3"]);
  expect((await countsOf(id))["lost"]).toBeUndefined();
  expect((await captured(source, KEY)).every(({ eventId }) => eventId !== null)).toBe(true);
});

test("an id that is used again after each loss is one loss each time", async () => {
  const queue = target.queue("payments");
  for (let round = 0; round < 3; round += 1) {
    await queue.add("charge", { round }, { jobId: "same-id", removeOnFail: true });
    await letFail(target, "payments", 1);
  }
  await queue.add("charge", { round: 4 }, { jobId: "same-id" });
  await watch(source, KEY);
  await capture(source);
  const letters = await captured(source, KEY);
  expect(letters.map(({ state, data }) => [state, data])).toEqual([
    ["lost", null],
    ["lost", null],
    ["lost", null],
  ]);
});

test("a failure that was retried, done and removed before anybody looked is superseded, not lost", async () => {
  await failJobs(target, "payments", jobs(1, { removeOnComplete: true }));
  const queue = target.queue("payments");
  const [job] = await queue.getFailed(0, 0);
  await job?.retry();
  await target.worker("payments", () => Promise.resolve());
  await until(
    () => queue.getJobCounts("waiting", "active"),
    ({ waiting, active }) => waiting === 0 && active === 0,
  );
  await watch(source, KEY);
  await capture(source);
  expect((await captured(source, KEY)).map(({ state }) => state)).toEqual(["superseded"]);
});

test("an id in the failed set without a job is a loss, counted once", async () => {
  await failJobs(target, "payments", jobs(2));
  await target.redis.del(`${KEY}:1`);
  await watch(source, KEY);
  await capture(source);
  await sql.query("UPDATE deadletters_queue SET reconciled_at = NULL, reconcile_cursor = NULL");
  await capture(source);
  const { id } = await captureOf(source, KEY);
  expect(await countsOf(id)).toEqual({ dead: 1, lost: 1 });
});

test("events that were trimmed before they were read are a gap, which a whole walk mends", async () => {
  const queue = target.queue("payments");
  await queue.add("first", {});
  await watch(source, KEY);
  await capture(source);
  await capture(source);
  expect(await captureOf(source, KEY)).toMatchObject({ gapSince: null, gaps: 0, walk: null });
  await failJobs(target, "payments", jobs(30));
  await queue.trimEvents(0);
  await queue.add("later", {});
  // The walk that is due next is an hour away: only the gap calls for one now.
  await sql.query("UPDATE deadletters_queue SET watermark = $1", [String(Date.now() + 3_600_000)]);
  await capture(source);
  const during = await captureOf(source, KEY);
  expect(during).toMatchObject({ gaps: 1 });
  await capture(source);
  await capture(source);
  const after = await captureOf(source, KEY);
  expect(after).toMatchObject({ gapSince: null, gaps: 1, walk: null });
  expect(after.reconciledAt?.getTime()).toBeGreaterThanOrEqual(during.reconciledAt?.getTime() ?? 0);
  expect(await countsOf(after.id)).toEqual({ dead: 31 });
});

test("another stream in place of the one that was read is a gap, and is read from its beginning", async () => {
  await failJobs(target, "payments", jobs(1));
  await watch(source, KEY);
  await capture(source);
  await sql.query(
    "UPDATE deadletters_queue SET event_id = $1, reconciled_at = NULL, reconcile_cursor = NULL",
    [`${Date.now() + 86_400_000}-0`],
  );
  await failJobs(target, "payments", jobs(2, { removeOnFail: true }));
  for (let round = 0; round < 4; round += 1) await capture(source);
  const { id, gaps } = await captureOf(source, KEY);
  expect(gaps).toBe(1);
  expect(await countsOf(id)).toEqual({ dead: 1, lost: 2 });
});
