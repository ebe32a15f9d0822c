import Bull from "bull";
import { FlowProducer, type Queue } from "bullmq";
import { describe, expect, test } from "vitest";
import type { TargetAction } from "#lib/actions/define.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import type { CleanPreview } from "#lib/signals/queues/danger-schema.ts";
import { sweepFinished } from "#lib/sources/bullmq/sweep.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { act, auditOf, carryOut, person, submit } from "./queues-acting.ts";
import { cleanInput, drainInput, finishedJobs, look, waitingJobs } from "./queues-danger.ts";
import { type QueueTarget, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";
const HOUR = 3_600_000;

const ACTIONS = {
  "queues.drain": {
    arrange: () => waitingJobs(target, 3),
    input: () => drainInput(source, queue),
    effects: async (mails: Queue) => 3 - (await mails.getWaitingCount()),
  },
  "queues.clean": {
    arrange: () => finishedJobs(target, "failed", [HOUR, HOUR, HOUR]),
    input: () => cleanInput(source, queue, "failed", 60),
    effects: async (mails: Queue) => 3 - (await mails.getFailedCount()),
  },
} as const;

describe.each(Object.entries(ACTIONS))("%s", (name, { arrange, input, effects }) => {
  test("is refused for a role without it, and the refusal changes nothing", async () => {
    const mails = await arrange();
    const intent = { actor: person("oncall"), source, name, input: await input() };
    await expect(submit(intent)).rejects.toMatchObject({ code: "forbidden" });
    expect(await effects(mails)).toBe(0);
  });

  test("asks for the password again", async () => {
    await arrange();
    const actor = { ...person("admin"), authAt: new Date(Date.now() - HOUR) };
    await expect(submit({ actor, source, name, input: await input() })).rejects.toMatchObject({
      code: "step_up_required",
    });
  });

  test("has one effect when it is submitted ten times at once, and says it in the audit", async () => {
    const mails = await arrange();
    const intent = {
      actor: person("admin"),
      source,
      name,
      input: await input(),
      key: "one-intent",
    };
    const runs = await Promise.allSettled(Array.from({ length: 10 }, () => submit(intent)));
    const ids = new Set(runs.flatMap((run) => (run.status === "fulfilled" ? [run.value.id] : [])));
    expect(ids.size).toBe(1);
    const run = { id: [...ids][0] as string };
    const endings = await Promise.all(Array.from({ length: 10 }, () => carryOut(run, source)));
    expect(endings.map(({ state }) => state)).toContain("succeeded");
    expect(await effects(mails)).toBe(3);
    expect(await auditOf(run)).toEqual([
      expect.objectContaining({ phase: "intent", action: name, reason: "a test wants it" }),
      expect.objectContaining({
        phase: "outcome",
        outcome: "succeeded",
        after: { removed: 3, kept: 0 },
      }),
    ]);
  });

  test("two workers that carry out the same run at once do it once", async () => {
    const mails = await arrange();
    const action = actionOf(name);
    const given = await input();
    const { fence } = await action.observe({ source, input: given });
    const run = { source, input: given, fence, runId: "run-1", actor: person("admin") };
    expect(await action.readBack(run)).toBe("not_applied");
    const [one, other] = await Promise.all([action.run(run), action.run(run)]);
    expect(one.result).toEqual({ removed: 3, kept: 0 });
    expect(other.result).toEqual(one.result);
    expect(await action.readBack(run)).toBe("applied");
    expect(await effects(mails)).toBe(3);
    const evicting = { ...source, capabilities: new Set<string>() };
    expect(await action.readBack({ ...run, source: evicting, runId: "run-2" })).toBe("unknown");
  });

  test("is told when the queue is gone", async () => {
    const mails = await arrange();
    const given = await input();
    await mails.obliterate({ force: true });
    const run = await act({ source, name, input: given });
    expect(run.error?.code).toMatch(/not_found|precondition_failed/);
  });
});

const actionOf = (name: string) =>
  queues.actions.find((each) => each.name === name) as unknown as TargetAction<unknown, unknown>;

describe("a clean", () => {
  test("removes what finished before the cut, in steps, with its logs", async () => {
    const mails = await finishedJobs(
      target,
      "completed",
      Array.from({ length: 500 }, (_age, at) => (at < 350 ? 2 * HOUR : 1_000)),
    );
    const preview = await look<CleanPreview>(source, "cleanPreview", {
      queue,
      state: "completed",
      age: 3_600,
    });
    expect(preview).toMatchObject({ count: 350, total: 500, looked: 50, staying: 0 });
    expect(preview.sample).toHaveLength(5);
    const input = await cleanInput(source, queue, "completed", 3_600);
    const run = await act({ source, name: "queues.clean", input });
    expect(run.result).toEqual({ removed: 350, kept: 0 });
    expect(await mails.getCompletedCount()).toBe(150);
    expect(await target.redis.keys(`${queue}:*:logs`)).toHaveLength(150);
  });

  test("removes no more than was seen, also when a slow clock adds older ones", async () => {
    const mails = await finishedJobs(target, "failed", [HOUR, HOUR]);
    const input = await cleanInput(source, queue, "failed");
    await target.redis.zadd(`${queue}:failed`, 1, "x", 2, "y");
    await act({ source, name: "queues.clean", input });
    expect(await mails.getFailedCount()).toBe(2);
  });

  test("leaves a job that its parent still waits for", async () => {
    const flows = target.opened(new FlowProducer({ connection: target.redis }));
    await flows.add({
      name: "month",
      queueName: "months",
      opts: { jobId: "parent" },
      children: [{ name: "day", queueName: "mails", opts: { jobId: "child" } }],
    });
    const worker = await target.worker("mails", () => Promise.reject(new Error("no")));
    const mails = target.queue("mails");
    await expect.poll(() => mails.getFailedCount()).toBe(1);
    await worker.close();
    const run = await act({
      source,
      name: "queues.clean",
      input: await cleanInput(source, queue, "failed"),
    });
    expect(run.result).toEqual({ removed: 0, kept: 1 });
    expect(await mails.getFailedCount()).toBe(1);
    expect(await target.redis.zcard("bull:months:waiting-children")).toBe(1);
  });
});

test("a worker that dies between two steps loses nothing, and its successor counts exactly", async () => {
  await finishedJobs(
    target,
    "failed",
    Array.from({ length: 320 }, () => HOUR),
  );
  const { before, expected } = await cleanInput(source, queue, "failed");
  const sweep = {
    queue: { prefix: "bull", name: "mails" },
    runId: "run-1",
    before,
    limit: expected,
  };
  const step = { ...sweep, state: "failed" as const, abort: AbortSignal.abort() };
  const { outcome, changed } = await sweepFinished(source.conn, step);
  expect(outcome).toBe("more");
  expect(changed).toBeGreaterThan(0);
  expect(await target.redis.zcard(`${queue}:failed`)).toBe(320 - changed);
  const abort = AbortSignal.timeout(5_000);
  const successors = [1, 2, 3].map(() => sweepFinished(source.conn, { ...step, abort }));
  for (const progress of await Promise.all(successors))
    expect(progress).toEqual({ outcome: "done", changed: 320, kept: 0 });
  expect(await target.redis.keys(`${queue}:failed-*`)).toEqual([]);
});

test("names and ids may hold anything", async () => {
  const prefix = "{a:b}:c";
  const mails = target.queue("<b>ünï</b>{x}", { prefix });
  const key = `${prefix}:<b>ünï</b>{x}`;
  await mails.pause();
  const ids = ["<img src=x>", "a{b}c", "ключ", "a b\nc", "%s", "^0", "-", "$1"];
  for (const jobId of ids) await mails.add("send", {}, { jobId });
  const run = await act({ source, name: "queues.drain", input: await drainInput(source, key) });
  expect(run.result).toEqual({ removed: ids.length, kept: 0 });
  expect(await mails.getWaitingCount()).toBe(0);
});

test("a Bull queue is read only", async () => {
  const bull = target.opened(new Bull("mails", target.server.url));
  await bull.add({});
  const seen = (await drainInput(source, queue)).seen;
  for (const [name, input] of [
    ["queues.drain", { queue, seen }],
    ["queues.clean", { queue, state: "failed", before: Date.now(), expected: 1 }],
  ] as const) {
    const run = await act({ source, name, input });
    expect(run.error).toMatchObject({ code: "precondition_failed" });
  }
  expect(await bull.getWaitingCount()).toBe(1);
});
