import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { log } from "#lib/core/log.ts";
import { AppError } from "#lib/core/errors.ts";
import { defineJob, type JobContext } from "#lib/jobs/define.ts";
import { closeQueues, queueNamed } from "#lib/jobs/queue.ts";
import { closeRedis, ownRedis, readyRedis } from "#lib/jobs/redis.ts";
import { type RunningQueue, runQueue } from "#lib/jobs/run.ts";
import { type Schedule, syncSchedules } from "#lib/jobs/schedule.ts";
import { createRedis, type TestRedis } from "#tests/support/redis.ts";
import { createProxy, type Proxy } from "./proxy.ts";

let own: TestRedis;
let proxy: Proxy;
let running: RunningQueue | undefined;

beforeAll(async () => {
  own = await createRedis();
  proxy = await createProxy(own.url);
  Object.assign(process.env, {
    DATABASE_URL: "postgres://127.0.0.1:1/none",
    REDIS_URL: proxy.url,
    PLUMBLINE_SECRET: "x".repeat(32),
  });
  log.level = "silent";
});

afterEach(async () => {
  await running?.close(5_000);
  running = undefined;
  await (await readyRedis(5_000)).flushall();
});

afterAll(async () => {
  await closeQueues();
  closeRedis();
  await proxy.cut();
  await own.close();
});

const context: JobContext = { openSource: () => Promise.reject(new AppError("not_found", "none")) };
const done: number[] = [];

const count = defineJob({
  name: "test.count",
  queue: "maintain",
  schema: z.object({ n: z.number() }),
  options: { attempts: 3 },
  handle: async ({ n }) => {
    if (n < 0) throw new Error("negative");
    done.push(n);
  },
});

const run = (): RunningQueue => (running = runQueue("maintain", [count], context, 1));

describe("a job", () => {
  test("reaches its handler with its data, through a queue of our own prefix", async () => {
    run();
    const stored = await count.enqueue({ n: 7 });
    await expect.poll(() => done).toContain(7);
    expect(await ownRedis().keys("*")).toEqual(
      expect.arrayContaining([expect.stringContaining("{plumbline}:maintain:")]),
    );
    await expect.poll(() => stored.isCompleted()).toBe(true);
  });

  test("with data that does not fit is refused on the way in", async () => {
    await expect(count.enqueue({ n: "seven" } as never)).rejects.toMatchObject({
      name: "ZodError",
    });
  });

  test.each([
    ["data that does not fit", "test.count", { n: "poison" }],
    ["a name that nobody knows", "test.unknown", { n: 1 }],
  ])(
    "with %s fails for good, without retries, and does not hold up the others",
    async (_what, name, data) => {
      const queue = await queueNamed("maintain");
      const poison = await queue.add(name, data, { attempts: 5 });
      await count.enqueue({ n: 8 });
      run();
      await expect.poll(() => poison.isFailed()).toBe(true);
      await expect.poll(() => done).toContain(8);
      expect((await queue.getJob(poison.id as string))?.attemptsMade).toBe(1);
    },
  );

  test("that fails is tried as often as it says", async () => {
    run();
    const stored = await count.enqueue({ n: -1 });
    await expect.poll(() => stored.isFailed()).toBe(true);
    const again = await (await queueNamed("maintain")).getJob(stored.id as string);
    expect(again?.attemptsMade).toBe(3);
  });
});

describe("when Redis is away", () => {
  test("enqueueing is refused soon and clearly; afterwards all goes on", async () => {
    run();
    await count.enqueue({ n: 20 });
    await proxy.cut();
    try {
      await expect(count.enqueue({ n: 21 })).rejects.toMatchObject({ code: "unavailable" });
    } finally {
      await proxy.restore();
    }
    await expect
      .poll(
        async () =>
          count.enqueue({ n: 22 }).then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    await expect.poll(() => done, { timeout: 20_000 }).toContain(22);
  });
});

describe("schedules", () => {
  const schedule = (id: string, everyMs: number): Schedule => ({
    id,
    job: count,
    data: { n: 1 },
    everyMs,
  });
  const present = async (): Promise<Record<string, number | undefined>> => {
    const schedulers = await (await queueNamed("maintain")).getJobSchedulers(0, -1);
    return Object.fromEntries(schedulers.map(({ key, every }) => [key, every]));
  };
  const delayed = async (): Promise<number> => (await queueNamed("maintain")).getDelayedCount();

  test("are added, changed, removed; twice the same changes nothing, from two workers neither", async () => {
    await Promise.all(
      [1, 2].map(() => syncSchedules("maintain", [schedule("a", 60_000), schedule("b", 60_000)])),
    );
    expect(await present()).toEqual({ a: 60_000, b: 60_000 });
    expect(await delayed()).toBe(2);
    await syncSchedules("maintain", [schedule("a", 60_000), schedule("c", 60_000)]);
    await syncSchedules("maintain", [schedule("a", 90_000), schedule("c", 60_000)]);
    expect(await present()).toEqual({ a: 90_000, c: 60_000 });
    expect(await delayed()).toBe(2);
  });

  test("come back after Redis lost everything", async () => {
    await syncSchedules("maintain", [schedule("a", 60_000)]);
    await ownRedis().flushall();
    await syncSchedules("maintain", [schedule("a", 60_000)]);
    expect(await delayed()).toBe(1);
  });

  test("come back after a worker died between taking a tick and making the next", async () => {
    await syncSchedules("maintain", [schedule("a", 1_000)]);
    const queue = await queueNamed("maintain");
    const [tick] = await queue.getDelayed();
    await ownRedis().zrem(queue.toKey("delayed"), tick?.id as string);
    await syncSchedules("maintain", [schedule("a", 1_000)]);
    expect(await delayed()).toBe(0);
    const later = Date.now() + 5 * 60_000;
    await syncSchedules("maintain", [schedule("a", 1_000)], later);
    expect((await delayed()) + (await queue.getWaitingCount())).toBe(1);
  });
});
