import Bull from "bull";
import { FlowProducer } from "bullmq";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JobRow, LiveJob, LivePage } from "#lib/signals/queues/client.ts";
import type { LiveRead } from "#lib/signals/define.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import { measureCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { openTarget, QueueTarget, until } from "./queues-target.ts";

let ground: Ground;
let target: QueueTarget;
let source: OpenSource<"bullmq">;

beforeAll(async () => {
  ground = await openGround();
  target = await QueueTarget.start();
  source = await openTarget(target.server.url);
});
beforeEach(() => target.redis.flushall());
afterEach(() => target.closeOpened());
afterAll(async () => {
  await source.conn.close();
  await target.stop();
  await ground.close();
});

/** As the worker does it, without the way there and back. */
async function look<Data>(name: "jobs" | "job", params: object, revealed = false): Promise<Data> {
  const live = queues.live?.[name] as LiveRead;
  const input = live.params.parse({ queue: "bull:mails", ...params });
  const abort = AbortSignal.timeout(10_000);
  return live.data.parse(await live.run({ source, revealed, abort }, input)) as Data;
}
const page = (params: object) => look<LivePage>("jobs", params);
const job = (id: string, revealed = false) => look<LiveJob>("job", { job: id }, revealed);

/** Jobs that failed, without the detour over a worker: `job-1` failed first. */
async function failMany(count: number, at = (index: number) => 1_000 + index): Promise<void> {
  const queue = target.queue("mails");
  await queue.add("first", {}, { delay: 86_400_000 });
  const batch = target.redis.pipeline();
  for (let index = 1; index <= count; index += 1) {
    const id = `job-${index}`;
    batch.hset(`bull:mails:${id}`, { name: "send", data: "{}", opts: "{}", timestamp: index });
    batch.zadd("bull:mails:failed", at(index), id);
  }
  await batch.exec();
}

async function everyPage(params: object): Promise<JobRow[]> {
  const rows: JobRow[] = [];
  let cursor: string | null = null;
  do {
    const next: LivePage = await page({ ...params, ...(cursor && { cursor }) });
    rows.push(...next.rows);
    cursor = next.nextCursor;
  } while (cursor !== null && rows.length < 1_000);
  return rows;
}

/** What a page of ten costs among that many jobs. */
async function commandsFor(count: number): Promise<number> {
  await target.redis.flushall();
  await failMany(count);
  return (await measureCost(() => page({ state: "failed", limit: 10 }))).cost.commands;
}

const write = (fields: Record<string, string>) =>
  target.redis.hset("bull:mails:job-1", { timestamp: "1000", name: "send", ...fields });

describe("pages of jobs", () => {
  test.each(["first", "last"] as const)("show each failed job once, %s first", async (order) => {
    await failMany(120);
    const ids = (await everyPage({ state: "failed", order, limit: 50 })).map((row) => row.id);
    const expected = Array.from({ length: 120 }, (_row, index) => `job-${index + 1}`);
    expect(ids).toEqual(order === "first" ? expected : expected.toReversed());
  });

  test("show each job once when all of them failed in the same millisecond", async () => {
    await failMany(120, () => 1_000);
    const ids = (await everyPage({ state: "failed", limit: 50 })).map((row) => row.id);
    expect(new Set(ids).size).toBe(120);
  });

  test("go on where they were when jobs failed, or left, in between", async () => {
    await failMany(60);
    const first = await page({ state: "failed", limit: 20 });
    await target.redis.zadd("bull:mails:failed", 9_999, "job-new");
    await target.redis.zrem("bull:mails:failed", first.rows.at(-1)?.id ?? "");
    const cursor = first.nextCursor ?? "";
    const second = await page({ state: "failed", limit: 20, cursor });
    expect(second.rows[0]?.id).toBe("job-40");
  });

  test("show waiting jobs in the order they run", async () => {
    const queue = target.queue("mails");
    for (let index = 1; index <= 7; index += 1)
      await queue.add("send", {}, { jobId: `w-${index}` });
    const rows = await everyPage({ state: "waiting", order: "first", limit: 3 });
    expect(rows.map((row) => row.id)).toEqual(["w-1", "w-2", "w-3", "w-4", "w-5", "w-6", "w-7"]);
  });

  test("cost the same for ten jobs and for ten thousand", async () => {
    expect(await commandsFor(10_000)).toBe(await commandsFor(10));
  });

  test("name ids whose data is gone, and markers of older versions are no jobs", async () => {
    await failMany(1);
    await target.redis.del("bull:mails:job-1");
    expect((await page({ state: "failed" })).rows).toMatchObject([{ id: "job-1", ghost: true }]);
    await target.redis.lpush("bull:mails:wait", "real", "0:1732377600000");
    expect((await page({ state: "waiting" })).rows.map((row) => row.id)).toEqual(["real"]);
  });

  test("do not fetch error texts of megabytes", async () => {
    await failMany(2);
    await target.redis.hset("bull:mails:job-1", "failedReason", "x".repeat(5_000_000));
    await target.redis.hset("bull:mails:job-2", "failedReason", "mail to ada@example.com failed");
    const { value, cost } = await measureCost(() => page({ state: "failed" }));
    expect(cost.bytes).toBeLessThan(100_000);
    expect(value.rows.map((row) => row.failedReason)).toEqual([
      expect.not.stringContaining("ada@example.com"),
      "The error text is too long to list.",
    ]);
  });
});

describe("one job", () => {
  test("with a payload of 5 MB is shown in part", async () => {
    await failMany(1);
    await write({ data: JSON.stringify({ blob: "x".repeat(5_000_000), to: "ada@example.com" }) });
    const masked = await job("job-1");
    expect(masked.payload).toMatchObject({ masked: true, bytes: expect.any(Number), note: null });
    expect(masked.payload.text?.length).toBeLessThan(1_000);
    const revealed = await job("job-1", true);
    expect(revealed.payload.text).toHaveLength(512 * 1024);
    expect(revealed.payload.note).toContain("first 512 kB");
  });

  test("with a payload beyond what is fetched says so", async () => {
    await failMany(1);
    await write({ data: "x".repeat(9_000_000) });
    const { payload } = await job("job-1", true);
    expect(payload).toMatchObject({ text: null, bytes: 9_000_000 });
    expect(payload.note).toContain("8.6 MB");
  });

  test.each([
    ["not JSON", "{to: 'ada@example.com'}"],
    ["nested 100,000 deep", `${"[".repeat(100_000)}1${"]".repeat(100_000)}`],
    ["empty", ""],
    ["a bare number", "123456789012345678901234567890"],
    [
      "a huge map keyed by address",
      `{${Array.from({ length: 20_000 }, (_k, at) => `"ada${at}@example.com":1`).join()}}`,
    ],
  ])("whose data is %s is masked without harm", async (_what, data) => {
    await failMany(1);
    await write({ data });
    const shown = await job("job-1");
    expect(shown.payload.masked).toBe(true);
    expect(JSON.stringify(shown)).not.toMatch(/ada\d*@example|123456789/);
  });

  test("shows how far it is, and no other number or yes of what it holds", async () => {
    await failMany(1);
    const hidden = '{"percent":40,"pin":1234,"vip":true}';
    await write({
      data: hidden,
      returnvalue: hidden,
      progress: hidden,
      name: "to ada@example.com",
    });
    const shown = await job("job-1");
    expect(shown).toMatchObject({ percent: 40, name: "to •••@•••" });
    for (const text of [shown.payload.text, shown.result?.text, shown.progress])
      expect(text).not.toMatch(/40|1234|: true/);
    expect((await page({ state: "failed" })).rows[0]).toMatchObject({ name: "to •••@•••" });
    await write({ progress: "40" });
    expect(await job("job-1")).toMatchObject({ percent: 40, progress: "40" });
  });

  test("keeps every digit of large numbers when it is revealed", async () => {
    await failMany(1);
    await write({ data: '{"id":9223372036854775807,"amount":1.10}' });
    expect((await job("job-1", true)).payload.text).toBe(
      '{"id":9223372036854775807,"amount":1.10}',
    );
  });

  test("tells its failures newest first, with the application's own frames marked", async () => {
    const queue = target.queue("mails");
    await queue.add("send", {}, { jobId: "a", attempts: 2 });
    const worker = await target.worker("mails", ({ attemptsMade }) =>
      Promise.reject(
        new TypeError(`attempt ${attemptsMade + 1}: card 4111 1111 1111 1111 refused <b>`),
      ),
    );
    await until(
      () => queue.getFailedCount(),
      (count) => count === 1,
    );
    await worker.close();
    const shown = await job("a");
    expect(shown).toMatchObject({ state: "failed", attemptsMade: 2, maxAttempts: 2, stalls: null });
    expect(shown.failures.map(({ attempt }) => attempt)).toEqual([2, 1]);
    expect(shown.failures[0]?.message).toMatch(/^TypeError: attempt 2: card .* refused <b>$/);
    expect(JSON.stringify(shown)).not.toContain("4111");
    expect(JSON.stringify(await job("a", true))).toContain("4111 1111 1111 1111");
    expect(shown.failures[0]?.frames.filter((frame) => frame.inApp).length).toBeGreaterThan(0);
    expect(
      shown.failures[0]?.frames.filter(
        (frame) => frame.inApp && frame.text.includes("node_modules"),
      ),
    ).toEqual([]);
  });

  test("shows the last of many log lines, redacted", async () => {
    await failMany(1);
    const lines = Array.from({ length: 500 }, (_line, at) => `line ${at} for ada@example.com`);
    await target.redis.rpush("bull:mails:job-1:logs", ...lines);
    const { logs } = await job("job-1");
    expect(logs?.total).toBe(500);
    expect(logs?.lines).toHaveLength(200);
    expect(logs?.lines.at(-1)).toMatch(/^line 499/);
    expect(logs?.lines.join()).not.toContain("ada@");
  });

  test("whose logs or children cannot be read says so, not that it has none", async () => {
    await failMany(1);
    for (const part of ["logs", "dependencies"])
      await target.redis.set(`bull:mails:job-1:${part}`, "no list, no set");
    expect(await job("job-1")).toMatchObject({
      logs: null,
      children: { pending: null, completed: 0, failed: 0 },
    });
  });

  test("knows its place in a flow", async () => {
    const flows = target.opened(new FlowProducer({ connection: target.redis }));
    await flows.add({
      name: "month",
      queueName: "mails",
      opts: { jobId: "parent" },
      children: [{ name: "day", queueName: "days", opts: { jobId: "child" } }],
    });
    expect(await job("parent")).toMatchObject({
      state: "waiting-children",
      children: { pending: 1, completed: 0, failed: 0 },
    });
    const child = await look<LiveJob>("job", { queue: "bull:days", job: "child" });
    expect(child).toMatchObject({ parent: { queue: "bull:mails", job: "parent" }, children: null });
  });

  test.each(["a/b?c=d#e%20f", '<img src=x onerror="alert(1)">', "ünïcödé 🧾", "x".repeat(900)])(
    "is found by an odd id: %s",
    async (id) => {
      await target.queue("mails").add("<script>alert(1)</script>", {}, { jobId: id });
      expect(await job(id)).toMatchObject({
        id,
        state: "waiting",
        name: "<script>alert(1)</script>",
      });
    },
  );

  test("is found in the delayed set, and among those that an older version set aside", async () => {
    await target.queue("mails").add("send", {}, { jobId: "later", delay: 60_000 });
    expect(await job("later")).toMatchObject({ state: "delayed", dueAt: expect.any(String) });
    await target.queue("mails").add("send", {}, { jobId: "aside" });
    await target.redis.rename("bull:mails:wait", "bull:mails:paused");
    expect(await job("aside")).toMatchObject({ state: "paused" });
  });

  test("that no list holds, or whose queue's other keys are asked for, is told apart from a job", async () => {
    await failMany(1);
    await target.redis.del("bull:mails:failed");
    expect(await job("job-1")).toMatchObject({
      state: null,
      stateNote: expect.stringContaining("No list"),
    });
    await expect(job("meta")).rejects.toMatchObject({ code: "not_found" });
    await expect(job("nobody")).rejects.toMatchObject({ code: "not_found" });
  });

  test("of a Bull queue is read like any other", async () => {
    const bull = target.opened(new Bull("mails", target.server.url));
    await bull.add("send", { to: "ada@example.com" }, { jobId: "b-1", attempts: 4 });
    expect(await job("b-1")).toMatchObject({ state: "waiting", name: "send", maxAttempts: 4 });
  });
});
