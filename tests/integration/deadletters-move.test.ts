import { FlowProducer } from "bullmq";
import { expect, test } from "vitest";
import { sha256 } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import {
  addLetter,
  failAll,
  failedLetters,
  storedLetter,
  onLetterGround,
} from "./deadletters-letters.ts";
import { act, auditOf, carryOut, submit } from "./queues-acting.ts";
import { type QueueTarget, until } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onLetterGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";

const failed = (...jobs: { id: string; data?: object; opts?: object }[]) =>
  failedLetters(target, source, jobs);

const retry = (id: string) => ({ source, name: "deadletters.retry", input: { id } });

const move = (id: string, to: string, more: object = {}) => ({
  source,
  name: "deadletters.move",
  input: { id, target: to, ...more },
});
const other = "bull:mails-slow";

test("the copy goes in line with its own priority, the original leaves the failed set", async () => {
  const { mails, letters } = await failed({ id: "a", opts: { priority: 2, attempts: 1 } });
  const slow = target.queue("mails-slow");
  await slow.waitUntilReady();
  const run = await act(move(letters[0], other));
  expect(run).toMatchObject({ result: { state: "moved" } });
  expect(await auditOf(run)).toMatchObject([
    { phase: "intent", action: "deadletters.move" },
    { phase: "outcome", outcome: "succeeded", after: { state: "moved", queue: other } },
  ]);
  const [copy] = await slow.getPrioritized();
  expect(copy).toMatchObject({ name: "send", data: { id: "a" }, priority: 2 });
  expect(copy?.opts).toMatchObject({ removeOnComplete: { age: 86_400 }, attempts: 1 });
  expect(await mails.getFailedCount()).toBe(0);
  const done = await target.worker("mails-slow", () => Promise.resolve("ok"));
  await until(
    () => slow.getCompletedCount(),
    (count) => count === 1,
  );
  await done.close();
});

test("ten at once make one copy", async () => {
  const { letters } = await failed({ id: "a" });
  const slow = target.queue("mails-slow");
  await slow.waitUntilReady();
  const runs = await Promise.allSettled(
    Array.from({ length: 10 }, () => submit(move(letters[0], other))),
  );
  for (const run of runs) if (run.status === "fulfilled") await carryOut(run.value, source);
  expect(await slow.getWaitingCount()).toBe(1);
});

test("a job that its queue lost is added anew from what was kept", async () => {
  const { mails, letters } = await failed({ id: "a" });
  await (await mails.getJob("a"))?.remove();
  await act(retry(letters[0]));
  expect(await storedLetter(letters[0])).toMatchObject({ state: "gone" });
  expect(await act(move(letters[0], queue))).toMatchObject({ result: { state: "moved" } });
  expect((await mails.getWaiting()).map(({ data }) => data as object)).toEqual([{ id: "a" }]);
});

test("into its own queue, or one that is not there: refused, and nothing changes", async () => {
  const { mails, letters } = await failed({ id: "a" });
  expect(await act(move(letters[0], queue))).toMatchObject({
    error: { code: "precondition_failed" },
  });
  expect(await act(move(letters[0], "bull:nowhere"))).toMatchObject({
    error: { code: "not_found" },
  });
  expect(await storedLetter(letters[0])).toMatchObject({ state: "dead" });
  expect(await mails.getFailedCount()).toBe(1);
});

test("the application repaired the payload meanwhile: nothing is moved, and the repair stays", async () => {
  const { mails, letters } = await failed({ id: "a" });
  await target.queue("mails-slow").waitUntilReady();
  await (await mails.getJob("a"))?.updateData({ id: "repaired" });
  expect(await act(move(letters[0], other))).toMatchObject({ error: { code: "conflict" } });
  expect((await mails.getFailed()).map(({ data }) => data as object)).toEqual([{ id: "repaired" }]);
  expect(await target.queue("mails-slow").getWaitingCount()).toBe(0);
  expect(await storedLetter(letters[0])).toMatchObject({ state: "dead" });
});

test("nobody moves a payload they were not shown", async () => {
  const { letters } = await failed({ id: "a" });
  await target.queue("mails-slow").waitUntilReady();
  const from = sha256('{"id":"a"}');
  const edit = { id: letters[0], data: '{"id":"b"}', from };
  await submit({ source, name: "deadletters.edit", input: edit });
  await expect(submit(move(letters[0], other))).rejects.toMatchObject({ code: "conflict" });
  const run = await act(move(letters[0], other, { edit: sha256(edit.data) }));
  expect(run).toMatchObject({ result: { state: "moved" } });
  const [copy] = await target.queue("mails-slow").getWaiting();
  expect(copy?.data).toEqual({ id: "b" });
});

/** A child that failed without any option that tells its parent: the parent goes on waiting for it. */
async function failedChild(): Promise<string> {
  const flows = target.opened(new FlowProducer({ connection: target.redis }));
  const child = { name: "send", queueName: "mails", data: {}, opts: { jobId: "child" } };
  await flows.add({ name: "order", queueName: "orders", data: {}, children: [child] });
  await failAll(target, target.queue("mails"), 1);
  return addLetter(target, source, { queue, job: "child" });
}

test("a child of a flow is not moved away from the parent that waits for it", async () => {
  const id = await failedChild();
  await target.queue("mails-slow").waitUntilReady();
  const refused = { error: { code: "precondition_failed" } };
  // The letter's own record may be missing: the job itself decides.
  expect(await act(move(id, other))).toMatchObject(refused);
  const parent = await target.redis.hget(`${queue}:child`, "parentKey");
  await sql.query("UPDATE deadletters_letter SET parent = $1", [parent]);
  await expect(submit(move(id, other))).rejects.toMatchObject({ code: "precondition_failed" });
  expect(await storedLetter(id)).toMatchObject({ state: "dead" });
  await act(retry(id));
  const worker = await target.worker("mails", () => Promise.resolve("ok"));
  await until(
    () => target.queue("orders").getWaitingCount(),
    (count) => count === 1,
  );
  await worker.close();
});
