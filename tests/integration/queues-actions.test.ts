import Bull from "bull";
import { FlowProducer, type Queue } from "bullmq";
import { describe, expect, test } from "vitest";
import type { TargetAction } from "#lib/actions/define.ts";
import { sql } from "#lib/db/sql.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { act, auditOf, carryOut, person, submit } from "./queues-acting.ts";
import { type QueueTarget, until, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";

/** Adds jobs and lets a worker fail all of them; returns the queue without its worker. */
async function failed(...jobs: { id: string; opts?: object }[]): Promise<Queue> {
  const mails = target.queue("mails");
  await mails.addBulk(
    jobs.map(({ id, opts }) => ({ name: "send", data: { id }, opts: { jobId: id, ...opts } })),
  );
  const worker = await target.worker("mails", () => Promise.reject(new Error("mailbox full")));
  await until(
    () => mails.getFailedCount(),
    (count) => count === jobs.length,
  );
  await worker.close();
  return mails;
}

async function delayed(id: string, opts: object = {}): Promise<Queue> {
  const mails = target.queue("mails");
  await mails.add("send", {}, { jobId: id, delay: 3_600_000, ...opts });
  return mails;
}

/** Every action with what it needs to be possible, and how often it took effect. */
const ACTIONS = {
  "queues.retry": {
    arrange: () => failed({ id: "job-1" }),
    input: { queue, job: "job-1" },
    effects: (mails: Queue) => mails.getWaitingCount(),
    forbiddenTo: "viewer",
  },
  "queues.promote": {
    arrange: () => delayed("job-1"),
    input: { queue, job: "job-1" },
    effects: (mails: Queue) => mails.getWaitingCount(),
    forbiddenTo: "viewer",
  },
  "queues.remove": {
    arrange: () => failed({ id: "job-1" }),
    input: { queue, job: "job-1" },
    effects: async (mails: Queue) => 1 - (await mails.getFailedCount()),
    forbiddenTo: "oncall",
  },
  "queues.pause": {
    arrange: () => delayed("job-1"),
    input: { queue },
    effects: async (mails: Queue) => Number(await mails.isPaused()),
    forbiddenTo: "viewer",
  },
  "queues.resume": {
    arrange: async () => {
      const mails = await delayed("job-1");
      await mails.pause();
      return mails;
    },
    input: { queue },
    effects: async (mails: Queue) => 1 - Number(await mails.isPaused()),
    forbiddenTo: "viewer",
  },
} as const;

/** How many `waiting`, `removed`, `paused` and `resumed` events the queue saw: one per effect. */
async function eventsOf(names: readonly string[]): Promise<number> {
  const events = await target.redis.xrange(`${queue}:events`, "-", "+");
  return events.filter(([, fields]) => names.includes(fields[1] ?? "")).length;
}

describe.each(Object.entries(ACTIONS))("%s", (name, { arrange, input, effects, forbiddenTo }) => {
  test("is refused for a role without it, and the refusal changes nothing", async () => {
    const mails = await arrange();
    const before = await effects(mails);
    await expect(submit({ actor: person(forbiddenTo), source, name, input })).rejects.toMatchObject(
      {
        code: "forbidden",
      },
    );
    expect(await effects(mails)).toBe(before);
  });

  test("has one effect when it is submitted ten times at once", async () => {
    const mails = await arrange();
    const counted = ["waiting", "removed", "paused", "resumed"];
    const before = await eventsOf(counted);
    const intent = { actor: person("admin"), source, name, input, key: "one-intention" };
    const runs = await Promise.allSettled(Array.from({ length: 10 }, () => submit(intent)));
    const ids = new Set(runs.flatMap((run) => (run.status === "fulfilled" ? [run.value.id] : [])));
    expect(ids.size).toBe(1);
    const [id] = ids as Set<string>;
    await Promise.all(Array.from({ length: 10 }, () => carryOut({ id: id as string }, source)));
    expect(await effects(mails)).toBe(1);
    expect(await eventsOf(counted)).toBe(before + 1);
  });

  test("writes its intent and its outcome to the audit", async () => {
    await arrange();
    const run = await act({ source, name, input });
    expect(run).toMatchObject({ state: "succeeded", error: null });
    expect(await auditOf(run)).toEqual([
      expect.objectContaining({ phase: "intent", action: name, reason: "a test wants it" }),
      expect.objectContaining({
        phase: "outcome",
        outcome: "succeeded",
        before: expect.anything(),
      }),
    ]);
  });

  test("ten different intentions at once change one thing once, and the others are told", async () => {
    const mails = await arrange();
    const runs = await Promise.all(Array.from({ length: 10 }, () => act({ source, name, input })));
    expect(runs.filter((run) => run.state === "succeeded")).toHaveLength(1);
    for (const run of runs.filter((each) => each.state === "failed")) {
      expect(["precondition_failed", "conflict", "not_found"]).toContain(run.error?.code);
    }
    expect(await effects(mails)).toBe(1);
  });

  test("reads back what happened: nothing, itself, somebody else, and what it cannot know", async () => {
    const mails = await arrange();
    const action = queues.actions.find((each) => each.name === name) as unknown as TargetAction<
      unknown,
      unknown
    >;
    const actor = person("admin");
    const observation = await action.observe({ source, input });
    const run = { source, input, fence: observation.fence, runId: "run-1" };
    expect(await action.readBack(run)).toBe("not_applied");
    await action.run({ ...run, actor });
    expect(await action.readBack(run)).toBe("applied");
    // Another run saw the same fence and finds that somebody was faster.
    expect(await action.readBack({ ...run, runId: "run-2" })).toBe("not_applied");
    const evicting = { ...source, capabilities: new Set<string>() };
    expect(await action.readBack({ ...run, source: evicting, runId: "run-2" })).toBe("unknown");
    // The job it changed may be finished and deleted since: the receipt stays.
    await mails.obliterate({ force: true });
    expect(await action.readBack(run)).toBe("applied");
  });

  test("repeating a run that was applied changes nothing again", async () => {
    const mails = await arrange();
    const action = queues.actions.find((each) => each.name === name) as unknown as TargetAction<
      unknown,
      unknown
    >;
    const { fence } = await action.observe({ source, input });
    const run = { source, input, fence, runId: "run-1", actor: person("admin") };
    await action.run(run);
    const events = await eventsOf(["waiting", "removed", "paused", "resumed"]);
    await action.run(run);
    expect(await eventsOf(["waiting", "removed", "paused", "resumed"])).toBe(events);
    expect(await effects(mails)).toBe(1);
  });

  test("is refused on a Bull queue, with the reason", async () => {
    const bull = target.opened(new Bull("mails", target.server.url));
    await bull.add({}, { jobId: "job-1" });
    const run = await act({ source, name, input });
    expect(run).toMatchObject({ state: "failed", error: { code: "precondition_failed" } });
    expect(run.error?.detail).toContain("Bull");
  });

  test("says that a queue is not there", async () => {
    const run = await act({ source, name, input });
    expect(run).toMatchObject({ state: "failed", error: { code: "not_found" } });
  });
});

const retry = (job: string) => act({ source, name: "queues.retry", input: { queue, job } });
const removal = (job: string) => act({ source, name: "queues.remove", input: { queue, job } });

describe("retry", () => {
  test("keeps priority and order: an urgent job stays urgent, a last-in-first-out job goes first", async () => {
    const mails = await failed(
      { id: "urgent", opts: { priority: 3 } },
      { id: "lifo", opts: { lifo: true } },
    );
    await mails.add("send", {}, { jobId: "waits" });
    expect(await retry("urgent")).toMatchObject({ state: "succeeded" });
    expect(await retry("lifo")).toMatchObject({ state: "succeeded" });
    expect(await mails.getPrioritizedCount()).toBe(1);
    expect(await target.redis.lrange(`${queue}:wait`, 0, -1)).toEqual(["waits", "lifo"]);
  });

  test("gives one more attempt that really runs", async () => {
    const mails = await failed({ id: "a", opts: { attempts: 2 } });
    await retry("a");
    await target.worker("mails", () => Promise.resolve("sent"));
    await until(
      () => mails.getCompletedCount(),
      (count) => count === 1,
    );
    const job = await mails.getJob("a");
    expect(job?.attemptsMade).toBe(3);
  });

  test("leaves a failure alone that happened after somebody looked", async () => {
    const mails = await failed({ id: "job-1" });
    const input = { queue, job: "job-1", attemptsMade: 1 };
    expect((await act({ source, name: "queues.retry", input })).state).toBe("succeeded");
    const worker = await target.worker("mails", () => Promise.reject(new Error("still full")));
    await until(
      () => mails.getFailedCount(),
      (count) => count === 1,
    );
    await worker.close();
    const late = await act({ source, name: "queues.retry", input });
    expect([late.state, late.error?.code]).toEqual(["failed", "conflict"]);
    expect(await mails.getFailedCount()).toBe(1);
  });

  test("refuses a failure that is not the one that was seen", async () => {
    const mails = await failed({ id: "a" });
    const run = await submit({ source, name: "queues.retry", input: { queue, job: "a" } });
    await (await mails.getJob("a"))?.retry();
    expect(await carryOut(run, source)).toMatchObject({
      state: "failed",
      error: { code: "precondition_failed", detail: "It is waiting." },
    });
  });

  test("says when a job is gone, active or finished", async () => {
    const mails = target.queue("mails");
    await mails.add("send", {}, { jobId: "runs" });
    const held = Promise.withResolvers<void>();
    const busy = await target.worker("mails", () => held.promise);
    await until(
      () => mails.getActiveCount(),
      (count) => count === 1,
    );
    expect((await retry("nobody")).error?.code).toBe("not_found");
    expect((await retry("runs")).error?.detail).toBe("It is active.");
    expect((await removal("runs")).error?.code).toBe("precondition_failed");
    held.resolve();
    await busy.close();
    expect((await retry("runs")).error?.detail).toBe("It is completed.");
  });

  test("handles data that is not JSON and ids with odd characters", async () => {
    const odd = 'a/b?c=d#e%20<b>ü "x"';
    const mails = await failed({ id: odd });
    await target.redis.hset(`${queue}:${odd}`, "data", "{not json");
    expect(await retry(odd)).toMatchObject({ state: "succeeded" });
    expect(await target.redis.lrange(`${queue}:wait`, 0, -1)).toEqual([odd]);
    expect(mails.name).toBe("mails");
  });
});

test.each([
  ["version 3", "bullmq:3.16.2", "version 4 or later"],
  ["no version", null, "no version"],
])("a queue of %s is not acted on", async (_which, version, reason) => {
  await failed({ id: "job-1" });
  if (version) await target.redis.hset(`${queue}:meta`, "version", version);
  else {
    await target.redis.hdel(`${queue}:meta`, "version");
    // Jobs of BullMQ 5 and later tell that much by how they count.
    await target.redis.hdel(`${queue}:job-1`, "atm", "ats");
  }
  const run = await retry("job-1");
  expect(run).toMatchObject({ state: "failed", error: { code: "precondition_failed" } });
  expect(run.error?.detail).toContain(reason);
});

test("a job of a flow that still waits for others, or the next run of a scheduler, is not removed", async () => {
  const mails = target.queue("mails");
  await mails.upsertJobScheduler("daily", { every: 86_400_000 });
  const [scheduled] = await mails.getJobs(["waiting", "delayed"], 0, 1);
  const flows = target.opened(new FlowProducer({ connection: target.redis }));
  const parent = { name: "month", queueName: "mails", opts: { jobId: "parent" } };
  await flows.add({ ...parent, children: [{ name: "day", queueName: "days" }] });
  expect((await removal(String(scheduled?.id))).error?.detail).toContain("scheduler");
  expect((await removal("parent")).error?.detail).toContain("waits for 1");
  expect(await mails.getJobCountByTypes("waiting", "delayed", "waiting-children")).toBe(2);
});

describe("queues.reveal", () => {
  const reveal = () => ({
    source,
    name: "queues.reveal",
    input: { source: source.name, queue, job: "job-1" },
  });
  const grants = async (): Promise<number> => {
    const { rows } = await sql.query("SELECT FROM reveal_grant WHERE source_id = $1", [source.id]);
    return rows.length;
  };

  test("is refused for a role without it, and the refusal grants nothing", async () => {
    const refused = submit({ actor: person("viewer"), ...reveal() });
    await expect(refused).rejects.toMatchObject({ code: "forbidden" });
    expect(await grants()).toBe(0);
  });

  test("is one grant when it is submitted ten times at once", async () => {
    const intent = { actor: person("oncall"), ...reveal(), key: "one-intention" };
    const runs = await Promise.allSettled(Array.from({ length: 10 }, () => submit(intent)));
    const ids = new Set(runs.flatMap((run) => (run.status === "fulfilled" ? [run.value.id] : [])));
    expect(ids.size).toBe(1);
    expect(await grants()).toBe(1);
    expect(await auditOf({ id: [...ids][0] as string })).toHaveLength(1);
  });

  test("is for one person, one job and five minutes, and stands in the audit", async () => {
    const run = await submit(reveal());
    expect(run.state).toBe("succeeded");
    const { until: end } = run.result as { until: string };
    expect(Date.parse(end) - Date.now()).toBeLessThanOrEqual(300_000);
    expect(await auditOf(run)).toEqual([
      expect.objectContaining({ action: "queues.reveal", reason: "a test wants it" }),
    ]);
  });
});
