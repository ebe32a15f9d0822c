import { Queue as Queue5, Worker as Worker5 } from "bullmq5";
import type { Redis } from "ioredis";
import { expect, test } from "vitest";
import type { TargetAction } from "#lib/actions/define.ts";
import { resume } from "#lib/signals/queues/actions/pause.ts";
import { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { resumeQueue } from "#lib/sources/bullmq/queue-acts.ts";
import { newCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { act, person } from "./queues-acting.ts";
import { type QueueTarget, until, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";

const ids = (from: string, count: number): string[] =>
  Array.from({ length: count }, (_id, at) => `${from}${at}`);

async function paused5(waiting: string[]): Promise<Queue5> {
  const mails = target.opened(new Queue5("mails", { connection: target.redis }));
  await mails.add("send", {}, { jobId: "bad" });
  const options = { connection: { url: target.server.url, maxRetriesPerRequest: null } };
  const worker = new Worker5("mails", () => Promise.reject(new Error("no")), options);
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

test.each([[["w1", "w2"]], [[]]])(
  "keeps a job that is retried while it is paused when version 5 resumes it (%j wait)",
  async (waiting) => {
    const mails = await paused5(waiting);
    expect(await act({ source, name: "queues.retry", input: { queue, job: "bad" } })).toMatchObject(
      { state: "succeeded" },
    );
    await mails.add("send", {}, { jobId: "later" });
    await mails.resume();
    expect(await everyWaiting()).toEqual(["bad", "later", ...waiting]);
  },
);

test("keeps a job that is promoted while it is paused when version 5 resumes it", async () => {
  const mails = await paused5(["w1"]);
  await mails.add("send", {}, { jobId: "due", delay: 3_600_000 });
  await act({ source, name: "queues.promote", input: { queue, job: "due" } });
  await mails.resume();
  expect(await everyWaiting()).toEqual(["due", "w1"]);
});

test("loses nothing when we pause it, it adds jobs, and it resumes by itself", async () => {
  const mails = target.opened(new Queue5("mails", { connection: target.redis }));
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
  await paused5(["w1", "w2"]);
  await target.redis.lpush(`${queue}:wait`, "newer");
  expect(await act({ source, name: "queues.resume", input: { queue } })).toMatchObject({
    state: "succeeded",
  });
  // The right end runs first.
  expect(await target.redis.lrange(`${queue}:wait`, 0, -1)).toEqual(["newer", "w2", "w1"]);
  expect(await target.redis.exists(`${queue}:paused`)).toBe(0);
});

test("gets back in order also a list that is too long for one step", async () => {
  await paused5(["w1"]);
  await target.redis.lpush(`${queue}:paused`, ...ids("p", 12_000));
  await target.redis.lpush(`${queue}:wait`, ...ids("n", 6_000));
  await act({ source, name: "queues.resume", input: { queue } });
  const all = await target.redis.lrange(`${queue}:wait`, 0, -1);
  expect(all).toHaveLength(18_001);
  expect(new Set(all).size).toBe(18_001);
  expect(all.at(-1)).toBe("w1");
  expect(await target.redis.exists(`${queue}:paused`)).toBe(0);
});

/** Lost after one command. */
class DyingConnection extends BullmqConnection {
  #commands = 1;

  override run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    this.#commands -= 1;
    return this.#commands < 0 ? Promise.reject(new Error("lost")) : super.run(work);
  }
}

test("a resume whose worker died on the way goes on until nothing is set aside", async () => {
  await paused5(["w1"]);
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
