import { beforeEach, describe, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import { eventTime } from "#lib/sources/bullmq/event-stream.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { FollowedQueue, jobs, soon } from "./queues-flow.ts";
import {
  collectOnce,
  onQueueGround,
  openTarget,
  type QueueTarget,
  until,
} from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;
let mails: FollowedQueue;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
  mails = new FollowedQueue(target, source);
});

test("waits and runs are the events' own times", async () => {
  await mails.firstLook();
  const xadd = (at: number, event: string, id: string, ...more: string[]) =>
    target.redis.xadd("bull:mails:events", `${at}-*`, "event", event, "jobId", id, ...more);
  const start = Date.now() + 1_000;
  for (let at = 0; at < 40; at += 1) {
    const [begun, done] = [start + at * 1_000, start + at * 1_000 + 400];
    await xadd(begun - 300, "added", `${at}`);
    await xadd(begun - 300, "waiting", `${at}`);
    await xadd(begun - 100, "active", `${at}`, "prev", "waiting");
    await xadd(done, "completed", `${at}`, "prev", "active");
  }
  const { times, retries } = await mails.detail();
  expect(retries).toMatchObject({ amplification: 1, expected: null, failing: 0, storm: null });
  for (const one of [times?.wait?.p50, times?.wait?.p99]) expect(one).toBeCloseTo(0.2, 1);
  for (const one of [times?.run?.p50, times?.run?.p99]) expect(one).toBeCloseTo(0.5, 1);
  const { rows } = await sql.query<{ le: string; value: number }>(
    `SELECT labels ->> 'le' AS le, value FROM metric_value
     WHERE name = 'plumbline_queue_wait_seconds_bucket' AND labels ->> 'source' = $1 ORDER BY (labels ->> 'le')::float8`,
    [source.name],
  );
  expect(rows.map(({ value }) => value)).toEqual([0, 40, 40, 40, 40, 40, 40, 40, 40]);
  expect(rows.map(({ le }) => le)).toEqual([
    "0.05",
    "0.25",
    "1",
    "5",
    "15",
    "60",
    "300",
    "1800",
    "+Inf",
  ]);
});

test("a job is followed over two looks", async () => {
  await mails.firstLook();
  let finish = (): void => {};
  const held = new Promise<void>((resolve) => (finish = resolve));
  const queue = target.queue("mails");
  await queue.add("send", {}, { removeOnComplete: true });
  await target.worker("mails", () => held);
  await until(
    () => queue.getActiveCount(),
    (count) => count === 1,
  );
  const started = Date.now();
  await collectOnce(source, soon(15));
  await new Promise((resolve) => setTimeout(resolve, 120));
  finish();
  await mails.idle();
  const { times } = await mails.detail(soon(30));
  expect(times?.run?.timed).toBe(1);
  expect(times?.run?.p50).toBeGreaterThan(0.1);
  expect(times?.run?.p50).toBeLessThan(((Date.now() - started) / 1_000) * 1.2);
});

test("starts whose wait began before the events that are left are told by the jobs", async () => {
  const queue = target.queue("mails");
  await queue.addBulk(jobs(30, { timestamp: Date.now() - 60_000 }));
  await target.redis.xtrim("bull:mails:events", "MAXLEN", 1);
  await collectOnce(source);
  await target.worker("mails", () => Promise.resolve());
  await mails.idle();
  const { times, retries } = await mails.detail();
  expect(retries?.attempts).toMatchObject({ first: 30, again: 0, asked: 0 });
  expect(retries?.amplification).toBe(1);
  expect(times?.wait).toMatchObject({ timed: 30, of: 30 });
  expect(times?.wait?.p50).toBeGreaterThan(55);
});

describe("nothing is made up", () => {
  test("for a queue without events", async () => {
    await target.queue("mails").addBulk(jobs(30));
    await target.redis.del("bull:mails:events");
    await collectOnce(source);
    const one = await mails.detail();
    expect(one).toMatchObject({ retries: null, times: null, amplification: null, storm: null });
    expect(one.amplificationUnknown).toBe("no events read yet");
    const { rows } = await sql.query("SELECT 1 FROM queues_minute WHERE source_id = $1", [
      source.id,
    ]);
    expect(rows).toEqual([]);
  });

  test("for few jobs", async () => {
    await mails.firstLook();
    await target.queue("mails").addBulk(jobs(7, { attempts: 2 }));
    await target.worker("mails", () => Promise.reject(new Error("no")));
    await mails.idle();
    const one = await mails.detail();
    expect(one).toMatchObject({ amplification: null, amplificationUnknown: "too few jobs (n=7)" });
    expect(one.retries?.budget.hour.used).toBeNull();
    expect(one.retries?.storm).toBeNull();
  });

  test("when events were trimmed: the jobs followed before are given up", async () => {
    await mails.firstLook();
    const queue = target.queue("mails");
    await queue.addBulk(jobs(3));
    await collectOnce(source, soon(15));
    await target.worker("mails", () => Promise.resolve());
    await mails.idle();
    await target.redis.xtrim("bull:mails:events", "MAXLEN", 2);
    const { finished, retries } = await mails.detail(soon(30));
    expect(finished.estimatedBecause).toContain("trimmed");
    expect(retries?.attempts.again).toBe(0);
  });

  test("when the queue was emptied meanwhile", async () => {
    await mails.firstLook();
    await target.queue("mails").addBulk(jobs(30, { attempts: 3 }));
    await target.queue("mails").obliterate({ force: true });
    await collectOnce(source, soon(15));
    const { rows } = await collectOnce(source, soon(30));
    expect(rows[0]?.amplification ?? null).toBeNull();
  });
});

test("events beyond the limit are projected, and so is everything else", async () => {
  await mails.firstLook();
  const batch = target.redis.pipeline();
  const [[last] = [""]] = await target.redis.xrevrange("bull:mails:events", "+", "-", "COUNT", 1);
  // Right behind what was read: a slow machine must not stretch the time that is projected.
  const start = eventTime(last) + 1;
  for (let job = 0; job < 3_000; job += 1) {
    const xadd = (at: number, event: string, ...more: string[]) =>
      batch.xadd(
        "bull:mails:events",
        `${start + job * 10 + at}-*`,
        "event",
        event,
        "jobId",
        `${job}`,
        ...more,
      );
    xadd(0, "added");
    xadd(0, "waiting");
    xadd(2, "active", "prev", "waiting");
    xadd(5, "completed", "prev", "active");
  }
  await batch.exec();
  const { retries, finished } = await mails.detail();
  expect(finished.estimatedBecause).toContain("projected");
  expect((retries?.attempts.first ?? 0) / 3_000).toBeCloseTo(1, 1);
  expect(retries?.amplification).toBeCloseTo(1, 1);
});

test("hostile names, ids and errors are stored without harm", async () => {
  await mails.firstLook();
  const odd = `\0${"😀".repeat(60)}<b>"'\\`;
  const queue = target.queue("mails");
  await queue.addBulk(
    Array.from({ length: 20 }, (_, at) => ({
      name: odd,
      data: {},
      opts: { jobId: `${odd}${at}`, attempts: 2, backoff: { type: odd } },
    })),
  );
  await collectOnce(source, soon(15));
  await target.worker("mails", () => Promise.reject(new Error(odd)), {
    settings: { backoffStrategy: () => 1 },
  });
  await mails.idle();
  const { retries, policies } = await mails.detail(soon(30));
  expect(retries?.attempts).toMatchObject({ asked: 20, failed: 20, retries: 20 });
  expect(policies[0]?.name).toContain("😀");
});

describe("twenty queues have histograms of their own, the others share one", () => {
  const names = Array.from({ length: 23 }, (_, at) => `queue-${at + 10}`);
  const WAITS = "plumbline_queue_wait_seconds";

  beforeEach(() => sql.query("DELETE FROM metric_value"));

  const told = async (): Promise<{ queue: string; count: number }[]> => {
    const { rows } = await sql.query<{ queue: string; count: number }>(
      `SELECT labels ->> 'queue' AS queue, value AS count FROM metric_value WHERE name = $1 ORDER BY value DESC, 1`,
      [`${WAITS}_count`],
    );
    return rows;
  };

  const work = async (name: string): Promise<void> => {
    const now = Date.now();
    const events = `bull:${name}:events`;
    await target.redis.xadd(events, `${now}-*`, "event", "waiting", "jobId", "1");
    await target.redis.xadd(events, `${now + 5}-*`, "event", "active", "jobId", "1");
  };

  /** A job of each queue waited and began between two looks. */
  const timed = async (by: OpenSource<"bullmq">): Promise<void> => {
    for (const name of names) {
      await target.redis.hset(`bull:${name}:meta`, "version", "bullmq:6.7.0");
      await target.redis.xadd(`bull:${name}:events`, "*", "event", "drained");
    }
    await collectOnce(by);
    await Promise.all(names.map(work));
    await collectOnce(by, soon(15));
  };

  test("a queue that is gone gives its place back", async () => {
    await timed(source);
    const all = await told();
    expect(all).toHaveLength(21);
    expect(all[0]).toEqual({ queue: "other", count: 3 });
    await target.redis.del(`bull:${all[1]?.queue}:meta`, `bull:${all[1]?.queue}:events`);
    await collectOnce(source, soon(30));
    expect(await told()).toHaveLength(20);
  });

  test("a source that is not configured any more gives back all of them, and is not scraped", async () => {
    await timed(source);
    await sql.query("UPDATE source SET enabled = false WHERE id = $1", [source.id]);
    const family = queues.metrics.find(({ name }) => name === WAITS);
    expect(await family?.read(new Date())).toEqual([]);
    const renamed = await openTarget(target.server.url);
    await timed(renamed);
    await renamed.conn.close();
    expect(await told()).toHaveLength(21);
    const values = (await family?.read(new Date())) ?? [];
    expect(new Set(values.map(({ labels }) => labels["source"]))).toEqual(new Set([renamed.name]));
  });
});
