import { FlowProducer } from "bullmq";
import { Queue as Queue5 } from "bullmq5";
import { expect, test } from "vitest";
import type { TargetAction } from "#lib/actions/define.ts";
import type { DrainPreview } from "#lib/signals/queues/danger-schema.ts";
import { drain as drainAction } from "#lib/signals/queues/actions/drain.ts";
import { sweepList } from "#lib/sources/bullmq/sweep.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { act, person } from "./queues-acting.ts";
import { drainInput, finishedJobs, look, waitingJobs } from "./queues-danger.ts";
import { type QueueTarget, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";
const HOUR = 3_600_000;

test("removes what was seen, in steps, and nothing that came since or that runs", async () => {
  const mails = await waitingJobs(target, 450);
  await mails.addBulk([
    { name: "send", data: {}, opts: { priority: 3, jobId: "p1" } },
    { name: "send", data: {}, opts: { delay: HOUR, jobId: "d1" } },
  ]);
  await finishedJobs(target, "failed", [HOUR]);
  const input = await drainInput(source, queue, true);
  // An old job comes back in line: it was not seen waiting.
  const failed = await mails.getJob("failed-0");
  await failed?.retry();
  await mails.add("send", {}, { jobId: "new" });
  await mails.add("send", {}, { jobId: "newest", lifo: true });
  await mails.add("send", {}, { jobId: "p2", priority: 1 });
  await mails.add("send", {}, { jobId: "d2", delay: 5 });
  const run = await act({ source, name: "queues.drain", input });
  expect(run).toMatchObject({ state: "succeeded", result: { removed: 452, kept: 0 } });
  const left = await mails.getJobs(["waiting", "prioritized", "delayed"], 0, 50);
  expect(left.map((job) => job.id).toSorted()).toEqual(["d2", "failed-0", "new", "newest", "p2"]);
  const keys = await target.redis.keys(`${queue}:w*`);
  expect(keys).toEqual([`${queue}:wait`]);
});

test("leaves delayed jobs alone unless it was asked for them", async () => {
  const mails = await waitingJobs(target, 1);
  await mails.add("send", {}, { delay: HOUR, jobId: "d1" });
  await act({ source, name: "queues.drain", input: await drainInput(source, queue) });
  expect(await mails.getDelayedCount()).toBe(1);
  expect(await mails.getWaitingCount()).toBe(0);
});

test("needs a paused queue, and stops when somebody resumes it", async () => {
  const mails = await waitingJobs(target, 300);
  const input = await drainInput(source, queue);
  await mails.resume();
  const refused = await act({ source, name: "queues.drain", input });
  expect(refused.error).toMatchObject({ code: "precondition_failed" });
  await mails.pause();
  const action = drainAction as unknown as TargetAction<unknown, unknown>;
  const { fence } = await action.observe({ source, input });
  await mails.resume();
  const run = { source, input, fence, runId: "run-1", actor: person("admin") };
  await expect(action.run(run)).rejects.toMatchObject({ code: "conflict" });
  expect(await mails.getWaitingCount()).toBe(300);
});

test("stops when what it saw is no longer there, rather than take something else", async () => {
  const mails = await waitingJobs(target, 3);
  const input = await drainInput(source, queue);
  await mails.remove("w2");
  await mails.add("send", {}, { jobId: "later" });
  const run = await act({ source, name: "queues.drain", input });
  expect(run.error).toMatchObject({ code: "conflict" });
  expect(await mails.getWaitingCount()).toBe(3);
});

test("leaves a scheduler's next run, a waiting parent's jobs and ids that are no jobs", async () => {
  const mails = await waitingJobs(target, 2);
  await mails.upsertJobScheduler("daily", { every: HOUR }, { name: "daily" });
  await mails.upsertJobScheduler("daily:2", { pattern: "0 0 1 1 *" }, { name: "yearly" });
  const flows = target.opened(new FlowProducer({ connection: target.redis }));
  await flows.add({
    name: "month",
    queueName: "mails",
    opts: { jobId: "parent" },
    children: [{ name: "day", queueName: "mails", opts: { jobId: "child" } }],
  });
  const input = await drainInput(source, queue, true);
  const preview = await look<DrainPreview>(source, "drainPreview", { queue });
  expect(preview.staying + preview.delayed.staying).toBe(3);
  const run = await act({ source, name: "queues.drain", input });
  expect(run.result).toEqual({ removed: 2, kept: 3 });
  expect(await mails.getWaitingChildrenCount()).toBe(1);
  const left = await mails.getJobs(["waiting", "delayed"], 0, 10);
  expect(left.map((job) => job.name).toSorted()).toEqual(["daily", "day", "yearly"]);
});

test("comes past any number of jobs that stay, also when one comes behind them meanwhile", async () => {
  const mails = await waitingJobs(target, 100);
  const batch = target.redis.pipeline();
  for (let at = 0; at < 6_000; at += 1) {
    const job = `${queue}:child-${at}`;
    batch.hset(job, { name: "day", data: "{}", opts: "{}", parentKey: "bull:months:parent" });
    batch.sadd("bull:months:parent:dependencies", job);
    batch.rpush(`${queue}:wait`, `child-${at}`);
  }
  await batch.exec();
  const { seen } = await drainInput(source, queue);
  const [list] = seen.lists;
  if (!list) throw new Error("nothing waits");
  const sweep = { queue: { prefix: "bull", name: "mails" }, runId: "run-1", list };
  await sweepList(source.conn, { ...sweep, abort: AbortSignal.abort() });
  await mails.add("send", {}, { jobId: "newest", lifo: true });
  const progress = await sweepList(source.conn, { ...sweep, abort: AbortSignal.timeout(20_000) });
  expect(progress).toEqual({ outcome: "done", changed: 100, kept: 6_000 });
  expect(await mails.getWaitingCount()).toBe(6_001);
});

test("leaves prioritized jobs that a worker gave back, and says so", async () => {
  const mails = await waitingJobs(target, 0);
  for (const jobId of ["seen", "back"]) await mails.add("send", {}, { jobId, priority: 2 });
  // As BullMQ's moveJobFromActiveToWait does: in front, without a number.
  await target.redis.zadd(`${queue}:prioritized`, 2 * 2 ** 32, "back");
  const preview = await look<DrainPreview>(source, "drainPreview", { queue });
  expect(preview).toMatchObject({ looked: 2, staying: 1, sample: [{ id: "seen" }] });
  const run = await act({ source, name: "queues.drain", input: await drainInput(source, queue) });
  expect(run.result).toEqual({ removed: 1, kept: 1 });
  expect(await target.redis.zrange(`${queue}:prioritized`, 0, -1)).toEqual(["back"]);
});

test("empties the list in which version 5 sets jobs aside", async () => {
  const mails = target.opened(new Queue5("mails", { connection: target.redis }));
  for (const jobId of ["a", "b"]) await mails.add("send", {}, { jobId });
  await mails.pause();
  const input = await drainInput(source, queue);
  expect(input.seen.lists).toEqual([{ state: "paused", newest: "b", oldest: "a", count: 2 }]);
  await mails.add("send", {}, { jobId: "later" });
  const run = await act({ source, name: "queues.drain", input });
  expect(run.result).toEqual({ removed: 2, kept: 0 });
  await mails.resume();
  expect(await target.redis.lrange(`${queue}:wait`, 0, -1)).toEqual(["later"]);
});

test("forgets who is deduplicated, so that the job can be added again", async () => {
  const mails = await waitingJobs(target, 0);
  await mails.add("send", {}, { deduplication: { id: "once" } });
  await act({ source, name: "queues.drain", input: await drainInput(source, queue) });
  const again = await mails.add("send", {}, { deduplication: { id: "once" } });
  expect(await mails.getJob(String(again.id))).toBeDefined();
});
