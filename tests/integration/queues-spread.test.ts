import Bull from "bull";
import type { Queue } from "bullmq";
import fc from "fast-check";
import { expect, test } from "vitest";
import { spreadDelayed } from "#lib/sources/bullmq/spread.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import type { Wave } from "#lib/signals/queues/wave-schema.ts";
import { act, auditOf, carryOut, person, submit } from "./queues-acting.ts";
import { look } from "./queues-danger.ts";
import { type QueueTarget, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Delayed {
  /** Milliseconds from now. */
  due: number;
  attempts: number;
}

/** Delayed jobs as BullMQ leaves them; returns their scores by id. */
async function delayed(jobs: readonly Delayed[], now = Date.now()): Promise<Map<string, number>> {
  const batch = target.redis.pipeline();
  batch.hset(`${queue}:meta`, "version", "bullmq:6.7.0", "opts.maxLenEvents", 10_000);
  const scores = new Map<string, number>();
  jobs.forEach(({ due, attempts }, at) => {
    const id = `job-${at}`;
    const score = (now + due) * 4_096 + (at % 4_096);
    scores.set(id, score);
    batch.zadd(`${queue}:delayed`, score, id);
    batch.hset(`${queue}:${id}`, { name: "send", data: "{}", opts: "{}", timestamp: now - HOUR });
    batch.hset(`${queue}:${id}`, { atm: attempts, delay: due + MINUTE });
  });
  await batch.exec();
  return scores;
}

async function scoresNow(): Promise<Map<string, number>> {
  const flat = await target.redis.zrange(`${queue}:delayed`, 0, -1, "WITHSCORES");
  const pairs = flat.flatMap((id, at) =>
    at % 2 === 0 ? [[id, Number(flat[at + 1])] as const] : [],
  );
  return new Map(pairs);
}
const dueOf = (score: number | undefined): number => Math.floor((score ?? 0) / 4_096);

const job = fc.record({
  // Many share a millisecond, as herds do.
  due: fc.oneof(fc.constantFrom(0, 1, 5 * MINUTE, 30 * MINUTE), fc.integer({ min: 0, max: HOUR })),
  attempts: fc.integer({ min: 0, max: 2 }),
});
const story = fc.record({
  jobs: fc.array(job, { minLength: 1, maxLength: 250, size: "max" }),
  from: fc.integer({ min: 0, max: 10 * MINUTE }),
  length: fc.integer({ min: 0, max: HOUR }),
  over: fc.constantFrom(10_000, 5 * MINUTE, HOUR),
  /** After how many steps its worker dies. */
  dies: fc.integer({ min: 0, max: 3 }),
  /** How far the clock of the worker that looked is ahead. */
  ahead: fc.constantFrom(0, HOUR),
});

test("nobody is lost or moved twice, every new time lies in the window and none before now", async () => {
  let stories = 0;
  const property = fc.asyncProperty(story, async ({ jobs, from, length, over, dies, ahead }) => {
    await target.redis.flushdb();
    const began = Date.now();
    const before = await delayed(jobs, began);
    const start = began + from;
    const call = {
      queue: { prefix: "bull", name: "mails" },
      runId: `run-${(stories += 1)}`,
      from: start,
      to: start + length,
      start,
      end: start + over,
      seenAt: began + ahead,
      abort: AbortSignal.abort(),
    };
    for (let step = 0; step < dies; step += 1) await spreadDelayed(source.conn, call);
    const abort = AbortSignal.timeout(5_000);
    const two = [1, 2].map(() => spreadDelayed(source.conn, { ...call, abort }));
    const [{ outcome, changed } = { outcome: "", changed: 0 }] = await Promise.all(two);
    expect(outcome).toBe("done");
    const after = await scoresNow();
    expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted());
    const inWave = (score: number) => dueOf(score) >= start && dueOf(score) <= start + length;
    const chosen = [...before].filter(([id, score]) => {
      const { attempts } = jobs[Number(id.slice(4))] as Delayed;
      return attempts > 0 && inWave(score);
    });
    expect(changed).toBe(chosen.length);
    for (const [id] of chosen) {
      expect(dueOf(after.get(id))).toBeGreaterThanOrEqual(Math.max(start, began));
      expect(dueOf(after.get(id))).toBeLessThanOrEqual(start + over);
      const delay = Number(await target.redis.hget(`${queue}:${id}`, "delay"));
      expect(dueOf(after.get(id)) - delay).toBeGreaterThanOrEqual(began);
    }
    const ids = new Set(chosen.map(([id]) => id));
    for (const [id, score] of before) expect(ids.has(id) || after.get(id) === score).toBe(true);
    const [first] = [...after.values()].toSorted((a, b) => a - b);
    expect(Number(await target.redis.zscore(`${queue}:marker`, "1"))).toBe(Number(first) / 4_096);
    expect(await target.redis.exists(`${queue}:plumbline-progress:${call.runId}:moved`)).toBe(0);
  });
  await fc.assert(property, { numRuns: 60 });
});

const herd = (count: number): Delayed[] =>
  Array.from({ length: count }, () => ({ due: 5 * MINUTE, attempts: 1 }));

/** What the dialog sends for the peak that the panel shows. */
async function spreadInput(over = 1_800) {
  const { peak, seenAt } = await look<Wave>(source, "wave", { queue });
  if (!peak) throw new Error("no peak");
  return { queue, from: Date.parse(peak.from), to: Date.parse(peak.to), seenAt, over };
}

test("the wave is counted exactly and the split is judged from samples", async () => {
  const scheduled = Array.from({ length: 30 }, () => ({ due: 50 * MINUTE, attempts: 0 }));
  await delayed([
    ...herd(900),
    ...scheduled,
    { due: -MINUTE, attempts: 1 },
    { due: 5 * HOUR, attempts: 0 },
  ]);
  const wave = await look<Wave>(source, "wave", { queue, window: "1h" });
  expect(wave).toMatchObject({ total: 932, overdue: 1, later: 1, estimated: true });
  expect(wave.buckets).toHaveLength(60);
  expect(wave.buckets.reduce((sum, bucket) => sum + bucket.total, 0)).toBe(930);
  expect(wave.peak).toMatchObject({ total: 900, retrying: 900 });
  expect(wave.peak?.toMean).toBeGreaterThan(4);
  const short = await look<Wave>(source, "wave", { queue });
  expect(short.windowSeconds).toBe(600);
});

test("is refused for a viewer", async () => {
  await delayed(herd(3));
  const intent = {
    actor: person("viewer"),
    source,
    name: "queues.spread",
    input: await spreadInput(),
  };
  await expect(submit(intent)).rejects.toMatchObject({ code: "forbidden" });
});

test("has one effect when it is submitted twice at once, and stands in the audit", async () => {
  const before = await delayed(herd(250));
  const input = await spreadInput();
  const intent = {
    actor: person("oncall"),
    source,
    name: "queues.spread",
    input,
    key: "one-intent",
  };
  const runs = await Promise.allSettled([submit(intent), submit(intent)]);
  const ids = new Set(runs.flatMap((run) => (run.status === "fulfilled" ? [run.value.id] : [])));
  expect(ids.size).toBe(1);
  const run = { id: [...ids][0] as string };
  const [ended] = await Promise.all([carryOut(run, source), carryOut(run, source)]);
  expect(ended?.error).toBeNull();
  expect(await auditOf(run)).toEqual([
    expect.objectContaining({ phase: "intent", reason: "a test wants it" }),
    expect.objectContaining({
      outcome: "succeeded",
      after: expect.objectContaining({ spread: 250 }),
    }),
  ]);
  const after = await scoresNow();
  expect(new Set(after.values()).size).toBe(before.size);
  const minutes = new Set([...after.values()].map((score) => Math.floor(dueOf(score) / MINUTE)));
  expect(minutes.size).toBeGreaterThan(20);
});

test("leaves what began to wait since, and says when there is nothing to spread", async () => {
  await delayed(herd(3));
  const input = await spreadInput();
  const [id] = await target.redis.zrange(`${queue}:delayed`, 0, 0);
  await target.redis.hset(`${queue}:${id}`, "delay", 1);
  const run = await act({ source, name: "queues.spread", input });
  expect(run.result).toEqual({ spread: 2, left: 1 });
  await target.redis.del(`${queue}:delayed`);
  const late = await act({ source, name: "queues.spread", input });
  expect(late.error).toMatchObject({ code: "precondition_failed" });
});

test("workers of a real queue still take what was moved", async () => {
  const mails: Queue = target.queue("mails");
  const seen: string[] = [];
  const worker = await target.worker("mails", async ({ id, attemptsMade }) => {
    seen.push(`${id}/${attemptsMade}`);
    if (attemptsMade === 0) throw new Error("not yet");
  });
  const opts = { attempts: 2, backoff: { type: "fixed", delay: HOUR } };
  await mails.add("send", {}, { jobId: "a", ...opts });
  await expect.poll(() => mails.getDelayedCount()).toBe(1);
  const from = Date.now() - HOUR;
  const spread = {
    queue: { prefix: "bull", name: "mails" },
    runId: "run-1",
    from,
    to: from + 3 * HOUR,
  };
  const soon = { start: Date.now(), end: Date.now() + 50, seenAt: Date.now() + 1_000 };
  await spreadDelayed(source.conn, { ...spread, ...soon, abort: AbortSignal.timeout(5_000) });
  await expect.poll(() => mails.getCompletedCount()).toBe(1);
  expect(seen).toEqual(["a/0", "a/1"]);
  await worker.close();
});

test("a Bull queue is read only", async () => {
  const bull = target.opened(new Bull("mails", target.server.url));
  await bull.add({}, { delay: HOUR });
  const input = { queue, from: Date.now(), to: Date.now() + HOUR, seenAt: Date.now(), over: 60 };
  const run = await act({ source, name: "queues.spread", input });
  expect(run.error).toMatchObject({ code: "precondition_failed" });
});
