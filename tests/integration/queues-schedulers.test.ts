import Bull from "bull";
import type { Queue } from "bullmq";
import { Queue as Queue5, Worker as Worker5 } from "bullmq5";
import { describe, expect, test } from "vitest";
import type { OpenSource } from "#lib/sources/define.ts";
import type { Schedulers } from "#lib/signals/queues/scheduler-schema.ts";
import { act, auditOf, carryOut, person, submit } from "./queues-acting.ts";
import { look } from "./queues-danger.ts";
import { type QueueTarget, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";
const input = { queue, scheduler: "nightly:report" };
const schedule = { pattern: "0 3 * * *", tz: "Europe/Berlin", limit: 9 };
/** More digits than a JavaScript number holds. */
const payload = '{"user":90071992547409931,"mail":"anna@example.com"}';

async function nightly(repeat: object = schedule): Promise<Queue> {
  const mails = target.queue("mails");
  const template = { name: "report", data: {}, opts: { attempts: 3, priority: 2 } };
  await mails.upsertJobScheduler(input.scheduler, repeat, template);
  await target.redis.hset(`${queue}:repeat:${input.scheduler}`, "data", payload);
  return mails;
}
const paused = async () => {
  const mails = await nightly();
  expect((await act({ source, name: "queues.pauseScheduler", input })).error).toBeNull();
  return mails;
};
const listed = () => look<Schedulers>(source, "schedulers", { queue });

const ACTIONS = {
  "queues.runScheduler": {
    arrange: () => nightly(),
    effects: (mails: Queue) => mails.getPrioritizedCount(),
  },
  "queues.pauseScheduler": {
    arrange: () => nightly(),
    effects: async (mails: Queue) => 1 - (await mails.getJobSchedulersCount()),
  },
  "queues.resumeScheduler": {
    arrange: paused,
    effects: (mails: Queue) => mails.getJobSchedulersCount(),
  },
} as const;

describe.each(Object.entries(ACTIONS))("%s", (name, { arrange, effects }) => {
  test("is refused for a viewer, and the refusal changes nothing", async () => {
    const mails = await arrange();
    const intent = { actor: person("viewer"), source, name, input };
    await expect(submit(intent)).rejects.toMatchObject({ code: "forbidden" });
    expect(await effects(mails)).toBe(0);
  });

  test("has one effect when it is submitted ten times at once, and stands in the audit", async () => {
    const mails = await arrange();
    const intent = { actor: person("oncall"), source, name, input, key: "one-intention" };
    const runs = await Promise.allSettled(Array.from({ length: 10 }, () => submit(intent)));
    const ids = new Set(runs.flatMap((run) => (run.status === "fulfilled" ? [run.value.id] : [])));
    expect(ids.size).toBe(1);
    const run = { id: [...ids][0] as string };
    await Promise.all(Array.from({ length: 10 }, () => carryOut(run, source)));
    expect(await effects(mails)).toBe(1);
    expect(await auditOf(run)).toEqual([
      expect.objectContaining({ phase: "intent", target: `scheduler ${queue} nightly:report` }),
      expect.objectContaining({ outcome: "succeeded", before: expect.anything() }),
    ]);
  });

  test("is told when the scheduler, or its queue, is gone", async () => {
    const mails = await arrange();
    const other = await act({ source, name, input: { ...input, scheduler: "<b>nobody</b>" } });
    expect(other.error?.code).toMatch(/not_found|precondition_failed/);
    await mails.obliterate({ force: true });
    expect((await act({ source, name, input })).state).toBe("failed");
  });
});

test("a run now has the schedule's payload, digit by digit, and the schedule stays as it is", async () => {
  const mails = await nightly();
  const before = await mails.getJobScheduler(input.scheduler);
  const run = await act({ source, name: "queues.runScheduler", input });
  const { job: id } = run.result as { job: string };
  const job = await target.redis.hgetall(`${queue}:${id}`);
  expect(job).toMatchObject({ name: "report", data: payload, priority: "2" });
  expect(JSON.parse(job["opts"] ?? "")).toEqual({ attempts: 3, priority: 2, jobId: id });
  expect(job["rjk"]).toBeUndefined();
  expect(await mails.getJobScheduler(input.scheduler)).toEqual(before);
  expect(await mails.getDelayedCount()).toBe(1);
  const done: string[] = [];
  const worker = await target.worker("mails", async (each) => done.push(String(each.id)));
  await expect.poll(() => done).toEqual([id]);
  await worker.close();
  expect(await mails.getDelayedCount()).toBe(1);
});

test("what a pause took away comes back as it was, with the same next run", async () => {
  const mails = await nightly();
  const definition = await target.redis.hgetall(`${queue}:repeat:${input.scheduler}`);
  const [before] = await mails.getDelayed();
  await act({ source, name: "queues.pauseScheduler", input });
  expect(await mails.getJobSchedulersCount()).toBe(0);
  expect(await mails.getDelayedCount()).toBe(0);
  const { rows, paused: held } = await listed();
  expect(rows).toEqual([]);
  expect(held).toEqual([expect.objectContaining({ id: input.scheduler, name: "report" })]);
  expect(JSON.stringify(held)).not.toContain("anna");
  const run = await act({ source, name: "queues.resumeScheduler", input });
  expect(run.error).toBeNull();
  expect(await target.redis.hgetall(`${queue}:repeat:${input.scheduler}`)).toEqual(definition);
  const [after] = await mails.getDelayed();
  const changing = { timestamp: expect.anything(), delay: expect.anything() };
  expect(after?.opts).toEqual({ ...before?.opts, ...changing });
  expect(after?.id).toBe(before?.id);
  expect(after?.repeatJobKey).toBe(input.scheduler);
  const due = async (job: typeof after) =>
    Math.floor(Number(await target.redis.zscore(`${queue}:delayed`, String(job?.id))) / 4_096);
  expect(await due(after)).toBe(Number(before?.opts.prevMillis));
  expect(await target.redis.keys("*plumbline-paused*")).toEqual([]);
});

test.each([
  ["6", null],
  ["5", Worker5],
])("a resumed scheduler goes on by itself under version %s", async (_version, Old) => {
  const mails = Old
    ? target.opened(new Queue5("mails", { connection: target.redis }))
    : target.queue("mails");
  await mails.upsertJobScheduler(input.scheduler, { every: 200 }, { name: "tick" });
  await act({ source, name: "queues.pauseScheduler", input });
  await mails.drain(true);
  const resumed = await act({ source, name: "queues.resumeScheduler", input });
  expect(resumed.error).toBeNull();
  const ticks: string[] = [];
  const tick = async (job: { id?: string | undefined }) => ticks.push(String(job.id));
  const connection = { url: target.server.url, maxRetriesPerRequest: null };
  const worker = Old ? new Old("mails", tick, { connection }) : await target.worker("mails", tick);
  await expect.poll(() => ticks.length, { timeout: 5_000 }).toBeGreaterThan(2);
  await worker.close();
  expect(new Set(ticks).size).toBe(ticks.length);
});

test("a run that is waiting when its scheduler is paused still runs, once", async () => {
  const mails = target.queue("mails");
  await mails.upsertJobScheduler(input.scheduler, { every: 3_600_000 }, { name: "tick" });
  expect(await mails.getWaitingCount()).toBe(1);
  await act({ source, name: "queues.pauseScheduler", input });
  const worker = await target.worker("mails", () => Promise.resolve());
  await expect.poll(() => mails.getCompletedCount()).toBe(1);
  await worker.close();
  expect(await mails.getDelayedCount()).toBe(0);
  const run = await act({ source, name: "queues.resumeScheduler", input });
  expect(run.error).toBeNull();
  const [next] = await mails.getDelayed();
  expect(next?.opts).toMatchObject({ repeat: { every: 3_600_000, count: 2 } });
});

test("an application that defines its scheduler again wins over a pause", async () => {
  const mails = await paused();
  await nightly();
  const { rows, paused: held } = await listed();
  expect(rows).toHaveLength(1);
  expect(held).toEqual([]);
  const run = await act({ source, name: "queues.resumeScheduler", input });
  expect(run.error).toMatchObject({ code: "precondition_failed" });
  expect(await mails.getDelayedCount()).toBe(1);
  expect((await act({ source, name: "queues.pauseScheduler", input })).error).toBeNull();
  expect((await act({ source, name: "queues.resumeScheduler", input })).error).toBeNull();
});

test("a schedule that nobody could resume is not paused", async () => {
  const mails = await nightly();
  const key = `${queue}:repeat:${input.scheduler}`;
  await target.redis.hset(key, "pattern", "FREQ=DAILY;INTERVAL=2");
  const run = await act({ source, name: "queues.pauseScheduler", input });
  expect(run.error).toMatchObject({ code: "precondition_failed" });
  expect(await mails.getJobSchedulersCount()).toBe(1);
});

test("the list tells when each runs next, and which ones stand still", async () => {
  const mails = await nightly();
  await mails.upsertJobScheduler("tick", { every: 60_000 });
  await mails.upsertJobScheduler("stuck", { pattern: "0 0 1 1 *" });
  const [stuck] = (await mails.getDelayed()).filter((job) => job.repeatJobKey === "stuck");
  await target.redis.del(`${queue}:${stuck?.id}`);
  await target.redis.zrem(`${queue}:delayed`, String(stuck?.id));
  const { rows, total } = await listed();
  expect(total).toBe(3);
  const states = Object.fromEntries(rows.map((row) => [row.id, row.nextState]));
  expect(states).toEqual({ [input.scheduler]: "delayed", tick: "ready", stuck: "stuck" });
  const row = rows.find(({ id }) => id === input.scheduler);
  expect(row).toMatchObject({ pattern: "0 3 * * *", timeZone: "Europe/Berlin", iterations: 1 });
  expect(row?.payload).not.toContain("anna");
  expect(row?.payload).toContain("mail");
});

test("pausing and resuming one that stands still makes it run again", async () => {
  const mails = await nightly();
  const [next] = await mails.getDelayed();
  await target.redis.del(`${queue}:${next?.id}`);
  await target.redis.zrem(`${queue}:delayed`, String(next?.id));
  for (const name of ["queues.pauseScheduler", "queues.resumeScheduler"])
    expect((await act({ source, name, input })).error).toBeNull();
  expect((await listed()).rows[0]?.nextState).toBe("delayed");
});

test("a run now waits where version 5 looks for it when the queue is resumed", async () => {
  const mails = target.opened(new Queue5("mails", { connection: target.redis }));
  await mails.upsertJobScheduler(input.scheduler, { pattern: "0 3 * * *" }, { name: "report" });
  await mails.add("send", {}, { jobId: "w1" });
  await mails.pause();
  const run = await act({ source, name: "queues.runScheduler", input });
  await mails.resume();
  const { job } = run.result as { job: string };
  expect(await target.redis.lrange(`${queue}:wait`, 0, -1)).toEqual([job, "w1"]);
});

test("repeatable jobs of older versions, and queues of Bull, are read only", async () => {
  await nightly();
  const old = "report::::0 3 * * *";
  await target.redis.zadd(`${queue}:repeat`, 1_800_000_000_000, old);
  const { rows } = await listed();
  expect(rows.find(({ id }) => id === old)?.readOnlyBecause).toContain("older");
  const bull = target.opened(new Bull("letters", target.server.url));
  await bull.add({}, { repeat: { cron: "0 3 * * *" } });
  const letters = await look<Schedulers>(source, "schedulers", { queue: "bull:letters" });
  expect(letters.rows[0]?.readOnlyBecause).toContain("Bull");
  for (const name of Object.keys(ACTIONS)) {
    const legacy = await act({ source, name, input: { queue, scheduler: old } });
    expect(legacy.error?.code).toBe("precondition_failed");
    const ofBull = { queue: "bull:letters", scheduler: String(letters.rows[0]?.id) };
    expect((await act({ source, name, input: ofBull })).error?.code).toBe("precondition_failed");
  }
});
