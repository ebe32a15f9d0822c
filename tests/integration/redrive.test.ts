import { expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { carryOn } from "#lib/signals/deadletters/redrive/run.ts";
import { countedStates } from "./deadletters-letters.ts";
import { auditOf, person } from "./queues-acting.ts";
import { until } from "./queues-target.ts";
import {
  act,
  carryAllOn,
  countedItems,
  everythingDead,
  jobIds,
  onStage,
  retriesOf,
  shown,
  type Stage,
  startRedrive,
} from "./redrive-world.ts";

let stage: Stage;

onStage((opened) => {
  stage = opened;
});

test("everything a search found goes back in line once, oldest first, with its priority and order", async () => {
  await stage.dead("mails", [
    { id: "a" },
    { id: "b", opts: { priority: 7 } },
    { id: "c", opts: { lifo: true } },
    { id: "d" },
  ]);
  const failed = await stage.target.redis.zrange("bull:mails:failed", 0, -1);
  const [redrive] = await startRedrive();
  if (!redrive) throw new Error("nothing was started");
  expect(redrive).toMatchObject({ queue: "bull:mails", total: 4 });
  await carryAllOn(stage.source);

  const after = await shown(redrive.id);
  expect(after).toMatchObject({ state: "completed", note: null, total: 4, startedBy: "oncall" });
  expect(after.finishedAt).not.toBeNull();
  expect(await countedItems(redrive.id)).toEqual({ retried: 4 });
  expect(await countedStates()).toEqual({ retried: 4 });
  expect(after.outcomes).toEqual({ completed: 0, failedAgain: 0, unknown: 0, open: 4 });

  const plain = failed.filter((id) => id === "a" || id === "d").toReversed();
  expect(await stage.target.redis.lrange("bull:mails:wait", 0, -1)).toEqual([...plain, "c"]);
  expect(await stage.target.redis.zscore("bull:mails:prioritized", "b")).toBe(
    String(7 * 2 ** 32 + 1),
  );
  expect([...(await retriesOf(stage.target, "bull:mails")).values()]).toEqual([1, 1, 1, 1]);
  expect(await stage.target.redis.keys("*plumbline*")).toEqual([]);
  const { rows } = await sql.query(
    "SELECT value FROM metric_value WHERE name = $1 AND labels->>'state' = 'retried'",
    ["plumbline_redrive_letters_total"],
  );
  expect(rows).toEqual([{ value: 4 }]);
});

test("starting is recorded, refused to whoever may not, and done once for the same key", async () => {
  await stage.dead("mails", jobIds(3));
  await expect(startRedrive({}, { actor: person("viewer") })).rejects.toMatchObject({
    code: "forbidden",
  });
  const input = await everythingDead();
  const actor = person("oncall");
  const twice = await Promise.allSettled(
    [1, 2].map(() => act("redrives.start", input, { actor, key: "the-same-key" })),
  );
  expect(twice.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
  const { rows } = await sql.query<{ id: string; run_id: string }>(
    "SELECT id, run_id FROM deadletters_redrive",
  );
  expect(rows).toHaveLength(1);
  const [event] = await auditOf({ id: rows[0]?.run_id as string });
  expect(event).toMatchObject({
    action: "redrives.start",
    outcome: "succeeded",
    target: "3 dead letters of bull:mails",
    reason: "the bank is back",
    after: { name: "bank was away", redrives: [{ queue: "bull:mails", total: 3 }] },
  });
});

test("one redrive per queue; who comes second is told its name", async () => {
  await stage.dead("mails", jobIds(3));
  await startRedrive({ rate: 1 });
  await expect(startRedrive()).rejects.toMatchObject({
    code: "conflict",
    options: { detail: 'The redrive "bank was away" of this queue is running: one at a time.' },
  });
});

test("two at the same moment: one of them", async () => {
  await stage.dead("mails", jobIds(3));
  const both = await Promise.allSettled([startRedrive(), startRedrive()]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test("another count than the one that was shown starts nothing", async () => {
  await stage.dead("mails", jobIds(3));
  await expect(startRedrive({ expected: 2 })).rejects.toMatchObject({
    code: "conflict",
    message: "The search now finds 3 dead letters, not 2",
  });
});

test("large ones and moves ask for fresh credentials", async () => {
  const stale = { ...person("oncall"), authAt: new Date(Date.now() - 600_000) };
  await stage.dead("mails", jobIds(1));
  for (const input of [{ expected: 10_001 }, { target: "bull:other" }]) {
    await expect(startRedrive(input, { actor: stale })).rejects.toMatchObject({
      code: "step_up_required",
    });
  }
  await startRedrive({}, { actor: stale });
});

test("letters of several queues are several redrives, each with its own share", async () => {
  await stage.dead("mails", jobIds(2));
  await stage.dead("texts", jobIds(3));
  const started = await startRedrive();
  expect(started.map(({ queue, total }) => ({ queue, total }))).toEqual([
    { queue: "bull:mails", total: 2 },
    { queue: "bull:texts", total: 3 },
  ]);
  await carryAllOn(stage.source);
  for (const { id, total } of started) expect(await countedItems(id)).toEqual({ retried: total });
});

test("what others did meanwhile is told, not done again", async () => {
  const queue = await stage.dead("mails", jobIds(5));
  const [redrive] = await startRedrive();
  await (await queue.getJob("job-0"))?.retry();
  await queue.remove("job-1");
  await sql.query("UPDATE deadletters_letter SET state = 'discarded' WHERE job_id = 'job-2'");
  await stage.target.redis.hset("bull:mails:job-3", "atm", "9");
  await carryAllOn(stage.source);
  expect(await countedItems(redrive?.id as string)).toEqual({
    gone: 1,
    retried: 1,
    skipped: 2,
    superseded: 1,
  });
  expect(await countedStates()).toEqual({
    dead: 1,
    discarded: 1,
    gone: 1,
    retried: 1,
    superseded: 1,
  });
  expect(Object.fromEntries(await retriesOf(stage.target, "bull:mails"))).toEqual({
    "job-0": 1,
    "job-4": 1,
  });
});

test("attempts start anew only when that was asked for", async () => {
  await stage.dead("mails", [{ id: "a", opts: { attempts: 2 } }]);
  const [redrive] = await startRedrive({ resetAttempts: true });
  await carryAllOn(stage.source);
  expect(await countedItems(redrive?.id as string)).toEqual({ retried: 1 });
  expect(await stage.target.redis.hmget("bull:mails:a", "atm", "ats")).toEqual([null, null]);
});

test("a changed payload goes with its letter", async () => {
  await stage.dead("mails", jobIds(1));
  await sql.query(
    `INSERT INTO deadletters_edit (letter_id, data, payload_hash, by) SELECT id, $1, 'x', 'ann' FROM deadletters_letter`,
    [Buffer.from('{"id":12345678901234567890}')],
  );
  await startRedrive();
  await carryAllOn(stage.source);
  expect(await stage.target.redis.hget("bull:mails:job-0", "data")).toBe(
    '{"id":12345678901234567890}',
  );
});

test("changed payloads that are too large to be held at once all go, each with its own letter", async () => {
  await stage.dead("mails", jobIds(3));
  const [redrive] = await startRedrive();
  await sql.query(
    `INSERT INTO deadletters_edit (letter_id, data, payload_hash, by)
     SELECT id, convert_to(to_json(job_id || repeat('x', 5000000))::text, 'UTF8'), 'x', 'ann' FROM deadletters_letter`,
  );
  await carryAllOn(stage.source);
  expect(await countedItems(redrive?.id as string)).toEqual({ retried: 3 });
  for (const { id } of jobIds(3)) {
    const data = await stage.target.redis.hget(`bull:mails:${id}`, "data");
    expect(data?.slice(0, 7)).toBe(`"${id}x`);
    expect(data).toHaveLength(5_000_007);
  }
});

test("a pause holds what was not sent, a new rate counts from then on, resuming sends the rest", async () => {
  await stage.dead("mails", jobIds(30));
  const [redrive] = await startRedrive({ rate: 1 });
  const id = redrive?.id as string;
  const worker = carryAllOn(stage.source);
  await until(
    () => shown(id),
    ({ items }) => items.retried >= 1,
  );
  await act("redrives.pause", { id });
  await worker;
  const paused = await shown(id);
  expect(paused).toMatchObject({ state: "paused", rateNow: null, etaSeconds: null });
  expect(paused.items.retried).toBeLessThan(30);
  expect(paused.items.claimed).toBe(0);
  // Nobody looks at it again by itself.
  expect(
    await carryOn({
      openSource: () => Promise.resolve(stage.source),
      abort: AbortSignal.timeout(5_000),
    }),
  ).toBe(false);
  await act("redrives.setRate", { id, rate: 2_000 });
  await act("redrives.resume", { id });
  await carryAllOn(stage.source);
  expect(await countedItems(id)).toEqual({ retried: 30 });
  await expect(act("redrives.pause", { id })).rejects.toMatchObject({
    code: "conflict",
    message: 'The redrive "bank was away" is completed',
  });
});

test("what people do to a redrive is theirs to do, recorded, and done once", async () => {
  await stage.dead("mails", jobIds(3));
  const [redrive] = await startRedrive({ rate: 1 });
  const id = redrive?.id as string;
  const steps = [
    { name: "redrives.setRate", input: { id, rate: 7 }, before: { rate: 1 }, after: { rate: 7 } },
    {
      name: "redrives.pause",
      input: { id },
      before: { state: "running" },
      after: { state: "paused" },
    },
    {
      name: "redrives.resume",
      input: { id },
      before: { state: "paused" },
      after: { state: "running" },
    },
    {
      name: "redrives.cancel",
      input: { id },
      before: { state: "running" },
      after: { state: "cancelled" },
    },
  ];
  for (const { name, input, before, after } of steps) {
    const viewer = { actor: person("viewer") };
    await expect(act(name, input, viewer)).rejects.toMatchObject({ code: "forbidden" });
    const same = { actor: person("oncall"), key: `the-same-${name}` };
    const [run, again] = [await act(name, input, same), await act(name, input, same)];
    expect(again.id).toBe(run.id);
    const target = 'redrive "bank was away" of bull:mails';
    expect(await auditOf(run)).toMatchObject([
      { action: name, outcome: "succeeded", target, before, after },
    ]);
  }
});

test("a cancelled one stops where it is, with less than a second's worth on its way; the rest stays dead", async () => {
  const rate = 40;
  await stage.dead("mails", jobIds(300));
  const [redrive] = await startRedrive({ rate });
  const id = redrive?.id as string;
  const worker = carryAllOn(stage.source);
  await until(
    () => shown(id),
    ({ items }) => items.retried >= 1,
  );
  await act("redrives.cancel", { id });
  const { size: sent } = await retriesOf(stage.target, "bull:mails");
  await worker;
  expect((await retriesOf(stage.target, "bull:mails")).size).toBeLessThan(sent + rate);
  const after = await shown(id);
  expect(after.state).toBe("cancelled");
  expect(after.finishedAt).not.toBeNull();
  const { retried = 0, pending = 0 } = await countedItems(id);
  expect(retried + pending).toBe(300);
  expect(await countedStates()).toEqual({ dead: pending, retried });
  // The queue is free for another.
  await startRedrive();
});

test("a source that nobody can reach does not keep a redrive from being cancelled", async () => {
  await stage.dead("mails", jobIds(3));
  const [redrive] = await startRedrive();
  const id = redrive?.id as string;
  const unreachable = {
    openSource: () => Promise.reject(new Error("away")),
    abort: new AbortController().signal,
  };
  await carryOn(unreachable);
  expect((await shown(id)).note).toContain("it tries again by itself");
  await act("redrives.cancel", { id });
  expect(await carryOn(unreachable)).toBe(true);
  expect(await shown(id)).toMatchObject({ state: "cancelled", note: null });
});

test("a queue that is gone holds the redrive until a person decides", async () => {
  await stage.dead("mails", jobIds(3));
  const [redrive] = await startRedrive();
  await stage.target.redis.flushdb();
  await carryAllOn(stage.source);
  expect(await shown(redrive?.id as string)).toMatchObject({
    state: "held",
    items: { pending: 3 },
  });
});
