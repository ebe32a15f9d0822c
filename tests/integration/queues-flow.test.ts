import { FlowProducer, type Queue } from "bullmq";
import { expect, test } from "vitest";
import type { OpenSource } from "#lib/sources/define.ts";
import type { Flow, FlowNode } from "#lib/signals/queues/flow-schema.ts";
import type { LiveJob } from "#lib/signals/queues/live-schema.ts";
import type { Workers } from "#lib/signals/queues/worker-schema.ts";
import { act } from "./queues-acting.ts";
import { look } from "./queues-danger.ts";
import { observed, openTarget, type QueueTarget, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const months = "bull:months";
const days = "bull:days";

const child = (jobId: string, opts: object = {}, more: object = {}) => ({
  name: "day",
  queueName: "days",
  opts: { jobId, ...opts },
  ...more,
});

async function month(children: object[]): Promise<void> {
  const flows = target.opened(new FlowProducer({ connection: target.redis }));
  const parent = { name: "month", queueName: "months", opts: { jobId: "parent" } };
  await flows.add({ ...parent, children: children as never });
}

/** Lets a worker run until the days are done; those whose id begins with `bad` fail. */
async function runDays(done: (queue: Queue) => Promise<boolean>): Promise<void> {
  const queue = target.queue("days");
  const worker = await target.worker("days", async ({ id }) => {
    if (id?.startsWith("bad")) throw new Error(`no mail to anna@example.com for ${id}`);
  });
  await expect.poll(() => done(queue)).toBe(true);
  await worker.close();
}

const flowOf = (queue: string, job: string) => look<Flow>(source, "flow", { queue, job });

async function everyChild(queue: string, job: string): Promise<FlowNode[]> {
  const all: FlowNode[] = [];
  let cursor: string | null | undefined;
  do {
    const params = { queue, job, ...(cursor && { cursor }) };
    const page = await look<{ rows: FlowNode[]; nextCursor: string | null }>(
      source,
      "flowChildren",
      params,
    );
    expect(page.rows.length).toBeLessThanOrEqual(30);
    all.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

test("a job is shown below its parents, with what its failure does to them", async () => {
  await month([
    child("good", {}, { children: [child("leaf")] }),
    child("bad-1", { ignoreDependencyOnFailure: true }),
    child("bad-2", { continueParentOnFailure: true }),
  ]);
  await runDays(
    async (queue) =>
      (await queue.getFailedCount()) === 2 && (await queue.getCompletedCount()) === 2,
  );
  const { path, cut } = await flowOf(days, "leaf");
  expect(cut).toBe(false);
  expect(path.map((node) => `${node.queue} ${node.job}`)).toEqual([
    `${months} parent`,
    `${days} good`,
    `${days} leaf`,
  ]);
  expect(path[0]?.children).toEqual({ failed: 0, ignored: 2, pending: 0, completed: 1 });
  const children = await everyChild(months, "parent");
  expect(children.map(({ job, state, onFailure }) => [job, state, onFailure])).toEqual(
    expect.arrayContaining([
      ["bad-1", "failed", "ignores"],
      ["bad-2", "failed", "continues"],
      ["good", "completed", null],
    ]),
  );
  expect(JSON.stringify(children)).not.toContain("anna");
  expect(children[0]?.failedReason).toContain("no mail to");
});

test("a failed child tells the state of its parent, before somebody retries it", async () => {
  await month([child("bad", { failParentOnFailure: true }), child("good")]);
  await runDays(async (queue) => (await queue.getFailedCount()) === 1);
  const worker = await target.worker("months", () => Promise.resolve());
  await expect.poll(() => target.queue("months").getFailedCount()).toBe(1);
  await worker.close();
  const { parent } = await look<LiveJob>(source, "job", { queue: days, job: "bad" });
  expect(parent).toEqual({ queue: months, job: "parent", state: "failed", onFailure: "fails" });
});

test("a queue that only flows fill holds no version, and its failed jobs can be retried all the same", async () => {
  await month([child("bad", { failParentOnFailure: true })]);
  const worker = await target.worker("days", () => Promise.reject(new Error("no")));
  const failed = () => target.redis.zcard(`${days}:failed`);
  await expect.poll(failed).toBe(1);
  await worker.close();
  expect(await target.redis.hget(`${days}:meta`, "version")).toBeNull();
  const { version, readOnlyBecause } = await observed(source, "days");
  expect({ version, readOnlyBecause }).toEqual({ version: "5+", readOnlyBecause: null });
  const run = await act({ source, name: "queues.retry", input: { queue: days, job: "bad" } });
  expect(run.error).toBeNull();
  expect(await failed()).toBe(0);
  expect(await target.redis.lrange(`${days}:wait`, 0, -1)).toEqual(["bad"]);
});

test("hundreds of children come a page at a time, each once", async () => {
  await month(Array.from({ length: 260 }, (_child, at) => child(`c${at}`)));
  await runDays(async (queue) => (await queue.getCompletedCount()) > 100);
  const children = await everyChild(months, "parent");
  expect(new Set(children.map(({ job }) => job)).size).toBe(260);
});

test("parents that are gone, rings, and keys of others do no harm", async () => {
  await month([child("orphan")]);
  await target.redis.del(`${months}:parent`);
  expect((await flowOf(days, "orphan")).path[0]).toMatchObject({ job: "parent", gone: true });
  await target.redis.hset(`${days}:orphan`, "parentKey", `${days}:orphan`);
  expect((await flowOf(days, "orphan")).path).toHaveLength(1);
  await target.redis.hset("secret:config:x", "name", "not for you");
  await target.redis.hset(`${days}:orphan`, "parentKey", "secret:config:x");
  expect((await flowOf(days, "orphan")).path).toHaveLength(1);
  const narrow = await openTarget(target.server.url, { prefixes: ["other"] });
  await expect(look(narrow, "flow", { queue: days, job: "orphan" })).rejects.toMatchObject({
    code: "not_found",
  });
  await narrow.conn.close();
});

test("a run of a scheduler may be a parent, colons in its id and all", async () => {
  const queue = target.queue("months");
  await queue.upsertJobScheduler("every:month", { every: 3_600_000 });
  const [run] = await queue.getWaiting();
  await target
    .queue("days")
    .add("day", {}, { jobId: "d", parent: { id: String(run?.id), queue: months } });
  const { path } = await flowOf(days, "d");
  expect(path[0]).toMatchObject({ queue: months, job: run?.id, gone: false });
});

test("a cursor that nobody gave is refused", async () => {
  await month([child("c")]);
  const params = { queue: months, job: "parent", cursor: "e30" };
  await expect(look(source, "flowChildren", params)).rejects.toMatchObject({ code: "bad_request" });
});

test("who works, on what, since when, and whose lock is gone", async () => {
  const queue = target.queue("days");
  const held = Promise.withResolvers<void>();
  await target.worker("days", () => held.promise, { name: "m-1", concurrency: 2 });
  await queue.addBulk([child("a"), child("b")].map(({ name, opts }) => ({ name, data: {}, opts })));
  await expect.poll(() => queue.getActiveCount()).toBe(2);
  await target.redis.del(`${days}:a:lock`);
  const seen = await look<Workers>(source, "workers", { queue: days });
  expect(seen).toMatchObject({ connected: 1, unreadBecause: null, active: 2 });
  expect(seen.workers[0]).toMatchObject({ name: "m-1", address: "127.0.0.1" });
  const jobs = Object.fromEntries(seen.jobs.map((job) => [job.id, job]));
  expect(jobs["a"]).toMatchObject({ lockMs: null, worker: "m-1" });
  expect(jobs["b"]?.lockMs).toBeGreaterThan(0);
  expect(jobs["b"]?.startedAt).not.toBeNull();
  held.resolve();
});

test("earlier lines of a long log come in stretches, masked", async () => {
  const queue = target.queue("days");
  const job = await queue.add("day", {});
  const lines = Array.from({ length: 1_500 }, (_line, at) => `line ${at} anna@example.com`);
  await target.redis.rpush(`${days}:${job.id}:logs`, ...lines);
  const { logs } = await look<LiveJob>(source, "job", { queue: days, job: job.id });
  expect(logs?.total).toBe(1_500);
  expect(logs?.lines).toHaveLength(200);
  const params = { queue: days, job: job.id, from: 1_000, to: 1_300 };
  const earlier = await look<{ lines: string[] }>(source, "logs", params);
  expect(earlier.lines).toHaveLength(200);
  expect(earlier.lines[0]).toMatch(/^line 1000 /);
  expect(earlier.lines.join()).not.toContain("anna");
});
