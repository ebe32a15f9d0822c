import { expect, test } from "vitest";
import type { LiveJob } from "#lib/signals/queues/client.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { monitorRedis } from "#tests/support/redis-monitor.ts";
import { look } from "./queues-danger.ts";
import { collectOnce, onQueueGround, type QueueTarget } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";

/** The most that one command of this name answered while `work` ran, in bytes: each is asked again. */
async function largestAnswer(name: string, work: () => Promise<unknown>): Promise<number> {
  const monitor = await monitorRedis(target.server.url);
  await work();
  const calls = monitor.lines().map((line) => [...line.matchAll(/"([^"]*)"/g)].map(([, w]) => w));
  monitor.close();
  let largest = 0;
  for (const [command = "", ...args] of calls) {
    if (command.toLowerCase() !== name) continue;
    const answer = await target.redis.call(command, ...args.map(String));
    largest = Math.max(largest, JSON.stringify(answer).length);
  }
  return largest;
}

test("results of a job's size that follow small events are fetched a few at a time", async () => {
  await target.queue("mails").add("first", {});
  await collectOnce(source);
  const batch = target.redis.pipeline();
  const told = (...fields: string[]) => batch.xadd(`${queue}:events`, "*", ...fields);
  for (let at = 0; at < 1_230; at += 1) told("event", "added", "jobId", `${at}`, "name", "send");
  const returnvalue = "x".repeat(100_000);
  for (let at = 0; at < 200; at += 1) {
    told("event", "active", "jobId", `${at}`, "prev", "waiting");
    told("event", "completed", "jobId", `${at}`, "returnvalue", returnvalue, "prev", "active");
  }
  await batch.exec();
  const soon = new Date(Date.now() + 15_000);
  expect(await largestAnswer("xrange", () => collectOnce(source, soon))).toBeLessThan(1_200_000);
});

test("a log with lines of half a megabyte is fetched in part and says what was left out", async () => {
  const mails = target.queue("mails");
  await mails.add("send", {}, { jobId: "talkative" });
  const lines = Array.from({ length: 60 }, (_line, at) => `line ${at} ${"x".repeat(500_000)}`);
  await target.redis.rpush(`${queue}:talkative:logs`, ...lines);
  const params = { queue, job: "talkative" };
  const found = { newest: [] as string[], earlier: [] as string[], leftOut: 0 };
  const largest = await largestAnswer("lrange", async () => {
    const { logs } = await look<LiveJob>(source, "job", params);
    expect(logs?.total).toBe(60);
    found.newest = logs?.lines ?? [];
    const stretch = { ...params, from: 0, to: 40 };
    const { lines: earlier, leftOut } = await look<{ lines: string[]; leftOut: number }>(
      source,
      "logs",
      stretch,
    );
    Object.assign(found, { earlier, leftOut });
  });
  expect(largest).toBeLessThan(1_100_000);
  expect(found.newest.at(-1)).toMatch(/^line 59 /);
  expect(found.earlier.at(-1)).toMatch(/^line 39 /);
  expect(found.earlier.length).toBeGreaterThan(0);
  expect(found.leftOut).toBe(40 - found.earlier.length);
});
