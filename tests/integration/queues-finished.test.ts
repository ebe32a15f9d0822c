import { expect, test } from "vitest";
import { transaction } from "#lib/db/sql.ts";
import { collect } from "#lib/signals/queues/collect.ts";
import { save } from "#lib/signals/queues/store.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { collectOnce, type QueueTarget, until, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const soon = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

const finish = async (good: number, bad: number): Promise<void> => {
  const queue = target.queue("mails");
  const names = [...Array(good).fill("good"), ...Array(bad).fill("bad")] as string[];
  await queue.addBulk(names.map((name) => ({ name, data: {}, opts: { removeOnComplete: true } })));
  const worker = await target.worker("mails", ({ name }) =>
    name === "bad" ? Promise.reject(new Error("no")) : Promise.resolve(),
  );
  await until(
    () => queue.getJobCounts("waiting", "active"),
    ({ waiting, active }) => waiting === 0 && active === 0,
  );
  await worker.close();
};

test("finished jobs are not known at the first look and counted from the events at the next", async () => {
  await target.queue("mails").add("first", {});
  const start = new Date();
  const [first] = (await collectOnce(source, start)).rows;
  expect(first?.finished).toMatchObject({
    completed: null,
    failed: null,
    completedPerMinute: null,
    failureRatio: null,
  });
  await finish(6, 3);
  const { rows } = await collectOnce(source, new Date(start.getTime() + 15_000));
  expect(rows[0]?.finished).toEqual({
    completed: 7,
    failed: 3,
    completedPerMinute: expect.closeTo(28),
    failedPerMinute: expect.closeTo(12),
    failureRatio: 0.3,
    from: "events",
    estimatedBecause: null,
  });
});

test("two workers that looked from the same point count everything once", async () => {
  await target.queue("mails").add("first", {});
  await collectOnce(source);
  await finish(3, 1);
  const abort = AbortSignal.timeout(10_000);
  const looks = [
    await collect({ source, now: soon(15), abort }),
    await collect({ source, now: soon(16), abort }),
  ];
  const counted = [];
  for (const { rows } of looks)
    counted.push(await transaction((tx) => save({ tx, source, now: soon(17) }, rows)));
  const finished = counted.map((samples) =>
    samples.filter(({ metric }) => metric === "finished_ok").map(({ value }) => value),
  );
  expect(finished).toEqual([[4], []]);
});

test("finished jobs come from the workers' own totals where they keep them", async () => {
  const queue = target.queue("mails");
  const options = { metrics: { maxDataPoints: 10 } };
  const worker = await target.worker("mails", () => Promise.resolve(), options);
  const done = (count: number) =>
    until(
      () => queue.getCompletedCount(),
      (completed) => completed === count,
    );
  await queue.add("a", {});
  await done(1);
  await collectOnce(source);
  await queue.addBulk([1, 2, 3].map(() => ({ name: "b", data: {} })));
  await done(4);
  const { rows } = await collectOnce(source, soon(15));
  expect(rows[0]?.finished).toMatchObject({ completed: 3, failed: 0, from: "worker_metrics" });
  await worker.close();
});

test("finished jobs are still counted when workers stopped keeping totals", async () => {
  await target.redis.hset("bull:mails:metrics:completed", "count", 500);
  await target.queue("mails").add("first", {});
  await collectOnce(source);
  await collectOnce(source, soon(15));
  await finish(4, 0);
  const { rows } = await collectOnce(source, soon(30));
  expect(rows[0]?.finished).toMatchObject({ completed: 5, from: "events" });
});

test("finished jobs say when events were trimmed before they were read", async () => {
  await target.queue("mails").add("first", {});
  await collectOnce(source);
  await finish(20, 0);
  await target.redis.xtrim("bull:mails:events", "MAXLEN", 10);
  const { rows } = await collectOnce(source, soon(15));
  expect(rows[0]?.finished.estimatedBecause).toContain("trimmed");
});

test("finished jobs are projected when there are more events than are read", async () => {
  await target.queue("mails").add("first", {});
  await collectOnce(source);
  const batch = target.redis.pipeline();
  const start = Date.now() + 1_000;
  for (let at = 0; at < 9_000; at += 1) {
    const outcome = at % 10 === 0 ? "failed" : "completed";
    batch.xadd("bull:mails:events", `${start + at}-0`, "event", outcome, "jobId", String(at));
  }
  await batch.exec();
  const { rows } = await collectOnce(source, soon(15));
  const { completed, failed, estimatedBecause } = rows[0]?.finished ?? {};
  expect(estimatedBecause).toContain("projected");
  expect((completed ?? 0) / 8_100).toBeCloseTo(1, 0);
  expect((failed ?? 0) / 900).toBeCloseTo(1, 0);
});

test("finished jobs without events are worked out from the sizes and called an estimate", async () => {
  await finish(2, 0);
  await target.redis.del("bull:mails:events");
  await collectOnce(source);
  await finish(5, 2);
  await target.redis.del("bull:mails:events");
  const { rows } = await collectOnce(source, soon(15));
  expect(rows[0]?.finished).toMatchObject({ completed: 5, failed: 2, from: "difference" });
  expect(rows[0]?.finished.estimatedBecause).toBeTruthy();
});
