import { expect, test } from "vitest";
import type { OpenSource } from "#lib/sources/define.ts";
import { FollowedQueue, jobs } from "./queues-flow.ts";
import { onQueueGround, type QueueTarget, until } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;
let mails: FollowedQueue;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
  mails = new FollowedQueue(target, source);
});

test("a queue without a limit has none", async () => {
  await target.queue("mails").add("send", {});
  expect((await mails.detail()).limiter).toBeNull();
});

test("a limit tells what was taken and when it lets more through, whoever set it", async () => {
  const queue = target.queue("mails");
  await queue.addBulk(jobs(5));
  await target.worker("mails", () => Promise.resolve(), { limiter: { max: 2, duration: 60_000 } });
  await until(
    () => queue.getCompletedCount(),
    (count) => count === 2,
  );
  const left = expect.closeTo(60, -1);
  const own = await mails.detail();
  expect(own.rateLimit).toBeNull();
  expect(own.limiter).toEqual({ closed: null, taken: 2, leftSeconds: left });
  await queue.setGlobalRateLimit(2, 60_000);
  expect((await mails.detail()).limiter).toEqual({ closed: true, taken: 2, leftSeconds: left });
  await queue.setGlobalRateLimit(3, 60_000);
  expect((await mails.detail()).limiter).toEqual({ closed: false, taken: 2, leftSeconds: left });
  await queue.rateLimit(600_000);
  const closed = { closed: true, taken: null, leftSeconds: expect.closeTo(600, -1) };
  expect((await mails.detail()).limiter).toEqual(closed);
});
