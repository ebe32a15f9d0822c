import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { db } from "#lib/db/client.ts";
import { KEY_PREFIX } from "#lib/jobs/redis.ts";
import { closeQueues, queueNamed } from "#lib/jobs/queue.ts";
import { type RunningQueue, runQueue } from "#lib/jobs/run.ts";
import { answerLive, liveJob } from "#lib/live/answer.ts";
import { askLive } from "#lib/live/ask.ts";
import { closeReplies } from "#lib/live/replies.ts";
import type { LiveJob, LivePage } from "#lib/signals/queues/client.ts";
import { revealTarget } from "#lib/signals/queues/ids.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { monitorRedis } from "#tests/support/redis-monitor.ts";
import { person } from "./queues-acting.ts";
import { openTarget, QueueTarget } from "./queues-target.ts";

const CANARY = "ada.canary@example.com";
const viewer = person("viewer");
const oncall = person("oncall");
const queue = "bull:mails";

let ground: Ground;
let target: QueueTarget;
let source: OpenSource<"bullmq">;
let worker: RunningQueue | undefined;

beforeAll(async () => {
  ground = await openGround();
  target = await QueueTarget.start();
  source = await openTarget(target.server.url);
  await target
    .queue("mails")
    .add("send", { to: CANARY, amount: 12345678901234567n.toString() }, { jobId: "a" });
});
beforeEach(() => {
  worker = runQueue("live", [liveJob], { openSource: () => Promise.resolve(source) }, 2);
});
afterEach(async () => {
  await worker?.close(2_000);
  await db().revealGrant.deleteMany();
});
afterAll(async () => {
  closeReplies();
  await closeQueues();
  await source.conn.close();
  await target.stop();
  await ground.close();
});

const askJob = (actor = viewer, job = "a") =>
  askLive<LiveJob>({
    actor,
    signal: "queues",
    name: "job",
    source: source.name,
    params: { queue, job },
  });
const askJobs = (more: object = {}) =>
  askLive<LivePage>({
    actor: viewer,
    signal: "queues",
    name: "jobs",
    source: source.name,
    params: { queue, state: "waiting" },
    ...more,
  });

test("looks at the target itself and says when", async () => {
  const { data, quality, observedAt } = await askJobs();
  expect(data).toMatchObject({ total: 1, rows: [{ id: "a", name: "send" }], nextCursor: null });
  expect(quality).toBe("exact");
  expect(Date.now() - Date.parse(observedAt ?? "")).toBeLessThan(60_000);
});

describe("a payload", () => {
  const grant = (more: object = {}) =>
    db().revealGrant.create({
      data: {
        actorId: oncall.id,
        sourceId: source.id,
        target: revealTarget(queue, "a"),
        expiresAt: new Date(Date.now() + 60_000),
        ...more,
      },
    });

  test("shows its keys and shape, not its values", async () => {
    const { data } = await askJob();
    expect(data?.payload).toMatchObject({ masked: true });
    expect(data?.payload.text).toContain('"to"');
    expect(JSON.stringify(data)).not.toContain(CANARY);
  });

  test("is shown as it is stored to the person who revealed it", async () => {
    await grant();
    const { data } = await askJob(oncall);
    expect(data?.payload).toMatchObject({ masked: false });
    expect(data?.payload.text).toBe(`{"to":"${CANARY}","amount":"12345678901234567"}`);
  });

  test.each([
    ["another person's", { actorId: "user:somebody-else" }],
    ["an expired", { expiresAt: new Date(Date.now() - 1) }],
    ["another job's", { target: revealTarget(queue, "b") }],
    ["another source's", { sourceId: "00000000-0000-4000-8000-000000000009" }],
  ])("stays masked with %s grant", async (_whose, more) => {
    await grant(more);
    const { data } = await askJob(oncall);
    expect(data?.payload.masked).toBe(true);
    expect(JSON.stringify(data)).not.toContain(CANARY);
  });

  test("is masked again when the role that revealed it is taken away", async () => {
    await grant();
    const { data } = await askJob({ ...oncall, roles: ["viewer"] });
    expect(data?.payload.masked).toBe(true);
    expect(JSON.stringify(data)).not.toContain(CANARY);
  });

  test("passes through Redis without being readable there, and leaves nothing behind", async () => {
    await grant();
    const spy = new Redis(ground.redis.url);
    const monitor = await monitorRedis(ground.redis.url);
    const { data } = await askJob(oncall);
    await spy.ping();
    expect(data?.payload.text).toContain(CANARY);
    await expect.poll(() => monitor.lines().join("\n")).toContain('"ping"');
    const passed = monitor.lines().join("\n");
    expect(passed).toContain('"publish"');
    expect(passed.toLowerCase()).not.toContain(CANARY);
    expect(passed).not.toContain('"a"');
    const dumps = await Promise.all((await spy.keys("*")).map((key) => spy.dumpBuffer(key)));
    expect(Buffer.concat(dumps.map((dump) => dump ?? Buffer.alloc(0))).includes(CANARY)).toBe(
      false,
    );
    expect(await spy.keys(`${KEY_PREFIX}:live:[0-9]*`)).toEqual([]);
    monitor.close();
    spy.disconnect();
  });
});

describe("is unknown, with the reason, and never hangs", () => {
  test("when no worker runs; the question is taken back", async () => {
    await worker?.close(2_000);
    worker = undefined;
    const reading = await askJobs({ budgetMs: 300 });
    expect(reading).toMatchObject({ data: null, observedAt: null, quality: "unknown" });
    expect(reading.reason).toContain("No worker");
    const live = await queueNamed("live");
    expect(await live.getJobCounts()).toMatchObject({ waiting: 0, active: 0 });
  });

  test("when the target is frozen", async () => {
    process.kill(target.server.pid, "SIGSTOP");
    const reading = await askJobs({ budgetMs: 1_000 }).finally(() =>
      process.kill(target.server.pid, "SIGCONT"),
    );
    expect(reading).toMatchObject({ data: null, quality: "unknown" });
    expect(reading.reason).toMatch(/did not answer|connection was lost/);
  });

  test("when our own Redis is frozen", async () => {
    process.kill(ground.redis.pid, "SIGSTOP");
    const reading = await askJobs({ budgetMs: 500 }).finally(() =>
      process.kill(ground.redis.pid, "SIGCONT"),
    );
    expect(reading).toMatchObject({ data: null, quality: "unknown" });
    expect(reading.reason).toContain("own Redis");
  });
});

describe("refuses", () => {
  test("people without the signal's read permission", async () => {
    await expect(askJob({ ...viewer, roles: [] })).rejects.toMatchObject({ code: "forbidden" });
  });

  test.each([
    ["an unknown read", { name: "constructor" }, "not_found"],
    ["an unknown source", { source: "nowhere" }, "not_found"],
    ["an unknown queue", { params: { queue: "bull:nothing" } }, "not_found"],
    ["keys that are no queue", { params: { queue: "session:abc" } }, "not_found"],
    ["parameters that make no sense", { params: { queue, limit: "5000" } }, "bad_request"],
    ["a page it did not make", { params: { queue, cursor: "bm9wZQ" } }, "bad_request"],
  ])("%s", async (_what, more, code) => {
    await target.redis.hset("session:abc:job", "data", "secret");
    await expect(askJobs(more)).rejects.toMatchObject({ code });
  });

  test("requests that were not sealed with our own secret", async () => {
    const context = { openSource: () => Promise.resolve(source) };
    const sealed = Buffer.alloc(64).toString("base64");
    await expect(answerLive({ sealed }, context)).rejects.toMatchObject({ code: "bad_request" });
  });
});
