import type { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import type { TargetAction } from "#lib/actions/define.ts";
import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { deadletters } from "#lib/signals/deadletters/signal.ts";
import { resume } from "#lib/signals/queues/actions/pause.ts";
import { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { resumeQueue } from "#lib/sources/bullmq/queue-acts.ts";
import { newCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { OLDER, type OlderBullmq, type OlderQueue } from "./bullmq-versions.ts";
import { capture, captured } from "./deadletters-target.ts";
import { act, person } from "./queues-acting.ts";
import { carryAllOn, startRedrive } from "./redrive-world.ts";
import { observed, type QueueTarget, until, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";

const ids = (from: string, count: number): string[] =>
  Array.from({ length: count }, (_id, at) => `${from}${at}`);

/** Lost after one command. */
class DyingConnection extends BullmqConnection {
  #commands = 1;

  override run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    this.#commands -= 1;
    return this.#commands < 0 ? Promise.reject(new Error("lost")) : super.run(work);
  }
}

/** A queue with a job `bad` that its own worker failed, paused with these jobs waiting. */
async function pausedBy(older: OlderBullmq, waiting: string[]): Promise<OlderQueue> {
  const mails = older.queue(target, "mails");
  const retried = { attempts: 2, backoff: { type: "fixed", delay: 1 } };
  await mails.add("send", { order: 17 }, { jobId: "bad", ...retried });
  const worker = older.worker(target, "mails", () => Promise.reject(new RangeError("no")));
  await until(
    () => mails.getFailedCount(),
    (count) => count === 1,
  );
  await worker.close();
  for (const jobId of waiting) await mails.add("send", {}, { jobId });
  await mails.pause();
  return mails;
}

const everyWaiting = async (): Promise<string[]> =>
  (await target.redis.lrange(`${queue}:wait`, 0, -1)).toSorted();

/** What capturing made of the failed job. */
async function letter(): Promise<LetterDetail> {
  await observed(source, "mails");
  await capture(source);
  const [only] = await captured(source, queue);
  const { get } = deadletters.read;
  const { data } =
    (await get?.run({ actor: person("oncall"), now: new Date() }, String(only?.id), {})) ?? {};
  return get?.data.parse(data) as LetterDetail;
}

const retry = (id: string) => ({ source, name: "deadletters.retry", input: { id } });

describe.each(OLDER)("failures of BullMQ $major", (older) => {
  test("are found, counted and captured whole, also while it is paused", async () => {
    await pausedBy(older, ["w1", "w2"]);
    const row = await observed(source, "mails");
    expect(row).toMatchObject({ flavour: "bullmq", paused: true, backlog: 2 });
    expect(row.counts).toMatchObject({ failed: 1, paused: 2 });
    const found = await letter();
    expect(found).toMatchObject({ job: "bad", name: "send", state: "dead", attempts: 2 });
    expect(found).toMatchObject({ maxAttempts: 2, errorClass: "RangeError", message: "no" });
    expect(found.payload).toMatchObject({ bytes: '{"order":17}'.length });
    expect(found.failures.map(({ attempt, message }) => [attempt, message])).toEqual([
      [2, "RangeError: no"],
      [1, "RangeError: no"],
    ]);
    const times = [found.addedAt, found.startedAt, found.failedAt].map((at) => at ?? "never");
    expect(times).toEqual(times.toSorted());
    expect((await captured(source, queue))[0]?.data?.toString()).toBe('{"order":17}');
  });
});

describe.each(OLDER.filter(({ readOnly }) => readOnly))("BullMQ $major", (older) => {
  test("is left alone, with the reason", async () => {
    await pausedBy(older, []);
    const { id, readOnlyBecause } = await letter();
    expect(readOnlyBecause).toMatch(`BullMQ ${older.major}.`);
    expect(await act(retry(id))).toMatchObject({
      state: "failed",
      error: { code: "precondition_failed", detail: readOnlyBecause },
    });
    expect(await letter()).toMatchObject({ state: "dead" });
    expect(await target.redis.zcard(`${queue}:failed`)).toBe(1);
  });
});

describe.each(OLDER.filter(({ readOnly }) => !readOnly))("BullMQ $major", (older) => {
  test("gets a failed job back exactly once, and its own worker completes it", async () => {
    const mails = await pausedBy(older, []);
    await mails.resume();
    const { id } = await letter();
    let runs = 0;
    older.worker(target, "mails", async () => void (runs += 1));
    const both = await Promise.allSettled([act(retry(id)), act(retry(id))]);
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await until(
      () => mails.getCompletedCount(),
      (count) => count === 1,
    );
    await expect(act(retry(id))).rejects.toMatchObject({ code: "conflict" });
    expect(runs).toBe(1);
    expect(await mails.getFailedCount()).toBe(0);
  });

  test("gets a failed job back that has a priority, also when its worker is idle", async () => {
    const mails = older.queue(target, "mails");
    await mails.add("send", {}, { jobId: "bad", priority: 3 });
    const failing = older.worker(target, "mails", () => Promise.reject(new Error("no")));
    await until(
      () => mails.getFailedCount(),
      (count) => count === 1,
    );
    await failing.close();
    older.worker(target, "mails", () => Promise.resolve());
    expect(await act(retry((await letter()).id))).toMatchObject({ result: { state: "retried" } });
    await until(
      () => mails.getCompletedCount(),
      (count) => count === 1,
    );
  });

  test("gets what a redrive sends back", async () => {
    const mails = await pausedBy(older, []);
    await mails.resume();
    await letter();
    await startRedrive({ q: `queue:${source.name}~${queue}`, expected: 1 });
    await carryAllOn(source);
    expect(await mails.getFailedCount()).toBe(0);
    older.worker(target, "mails", () => Promise.resolve());
    await until(
      () => mails.getCompletedCount(),
      (count) => count === 1,
    );
  });

  test("gets a copy of a failed job that is moved, and the original is gone", async () => {
    const mails = await pausedBy(older, []);
    const slow = older.queue(target, "slow");
    await slow.add("first", {});
    const { id } = await letter();
    const move = { source, name: "deadletters.move", input: { id, target: "bull:slow" } };
    expect(await act(move)).toMatchObject({ result: { state: "moved" } });
    older.worker(target, "slow", () => Promise.resolve());
    await until(
      () => slow.getCompletedCount(),
      (count) => count === 2,
    );
    expect(await mails.getFailedCount()).toBe(0);
  });

  test("loses a job that is removed, and nothing else", async () => {
    const mails = await pausedBy(older, ["w1"]);
    const removed = await act({ source, name: "queues.remove", input: { queue, job: "bad" } });
    expect(removed).toMatchObject({ state: "succeeded" });
    expect(await target.redis.exists(`${queue}:bad`)).toBe(0);
    await mails.resume();
    expect(await everyWaiting()).toEqual(["w1"]);
  });

  test.each([[["w1", "w2"]], [[]]])(
    "keeps a job that is retried while it is paused when it resumes it (%j wait)",
    async (waiting) => {
      const mails = await pausedBy(older, waiting);
      expect(
        await act({ source, name: "queues.retry", input: { queue, job: "bad" } }),
      ).toMatchObject({ state: "succeeded" });
      await mails.add("send", {}, { jobId: "later" });
      await mails.resume();
      expect(await everyWaiting()).toEqual(["bad", "later", ...waiting]);
    },
  );

  test("keeps a job that is promoted while it is paused when it resumes it", async () => {
    const mails = await pausedBy(older, ["w1"]);
    await mails.add("send", {}, { jobId: "due", delay: 3_600_000 });
    await act({ source, name: "queues.promote", input: { queue, job: "due" } });
    await mails.resume();
    expect(await everyWaiting()).toEqual(["due", "w1"]);
  });

  test("loses nothing when we pause it, it adds jobs, and it resumes by itself", async () => {
    const mails = older.queue(target, "mails");
    await mails.add("send", {}, { jobId: "before" });
    expect(await act({ source, name: "queues.pause", input: { queue } })).toMatchObject({
      state: "succeeded",
    });
    expect(await mails.isPaused()).toBe(true);
    await mails.add("send", {}, { jobId: "while" });
    await mails.resume();
    expect(await everyWaiting()).toEqual(["before", "while"]);
  });

  test("gets back in order what was set aside when we resume it", async () => {
    await pausedBy(older, ["w1", "w2"]);
    await target.redis.lpush(`${queue}:wait`, "newer");
    expect(await act({ source, name: "queues.resume", input: { queue } })).toMatchObject({
      state: "succeeded",
    });
    // The right end runs first.
    expect(await target.redis.lrange(`${queue}:wait`, 0, -1)).toEqual(["newer", "w2", "w1"]);
    expect(await target.redis.exists(`${queue}:paused`)).toBe(0);
  });

  test("gets back in order also a list that is too long for one step", async () => {
    await pausedBy(older, ["w1"]);
    await target.redis.lpush(`${queue}:paused`, ...ids("p", 12_000));
    await target.redis.lpush(`${queue}:wait`, ...ids("n", 6_000));
    await act({ source, name: "queues.resume", input: { queue } });
    const all = await target.redis.lrange(`${queue}:wait`, 0, -1);
    expect(all).toHaveLength(18_001);
    expect(new Set(all).size).toBe(18_001);
    expect(all.at(-1)).toBe("w1");
    expect(await target.redis.exists(`${queue}:paused`)).toBe(0);
  });

  test("a resume whose worker died on the way goes on until nothing is set aside", async () => {
    await pausedBy(older, ["w1"]);
    await target.redis.lpush(`${queue}:paused`, ...ids("p", 12_000));
    await target.redis.lpush(`${queue}:wait`, ...ids("n", 6_000));
    const action = resume as unknown as TargetAction<{ queue: string }, unknown>;
    const { fence } = await action.observe({ source, input: { queue } });
    const run = { source, input: { queue }, fence, runId: "run-1", actor: person("admin") };
    const mails = { prefix: "bull", name: "mails" };
    const dying = target.opened(new DyingConnection(target.server.url, null, newCost()));
    await expect(resumeQueue(dying, { queue: mails, runId: "run-1" })).rejects.toThrow("lost");
    expect(await target.redis.exists(`${queue}:paused`)).toBe(1);
    expect(await action.readBack(run)).toBe("not_applied");
    await action.run(run);
    expect(await action.readBack(run)).toBe("applied");
    expect(await target.redis.llen(`${queue}:wait`)).toBe(18_001);
  });
});
