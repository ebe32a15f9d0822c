import { DelayedError, FlowProducer } from "bullmq";
import { Queue as Queue5, Worker as Worker5 } from "bullmq5";
import { describe, expect, test } from "vitest";
import { transaction } from "#lib/db/sql.ts";
import type { MetricValue } from "#lib/metrics/define.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { FollowedQueue, jobs, soon } from "./queues-flow.ts";
import { collectOnce, type QueueTarget, until, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;
let mails: FollowedQueue;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
  mails = new FollowedQueue(target, source);
});

test("four attempts of each job are an amplification of four, as failures that never end make expect", async () => {
  await mails.firstLook();
  await target
    .queue("mails")
    .addBulk(jobs(25, { attempts: 4, backoff: { type: "fixed", delay: 5 } }));
  await target.worker(
    "mails",
    () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.7:25")),
    {
      concurrency: 10,
    },
  );
  await mails.idle();
  const { retries, times, finished, findings, policies } = await mails.detail();
  expect(retries).toMatchObject({
    amplification: 4,
    expected: 4,
    failing: 1,
    attempts: { asked: 25, first: 25, again: 75, completed: 0, failed: 25, retries: 75, stalls: 0 },
    errors: [{ text: "connect ECONNREFUSED <ip>", share: 1 }],
    storm: { error: "connect ECONNREFUSED <ip>", success: 0, repeats: 0.75 },
  });
  expect(retries?.budget.fiveMinutes.used).toBeCloseTo(15);
  expect(retries?.budget.hour.used).toBeCloseTo(15);
  expect(times?.wait).toMatchObject({ timed: 100, of: 100 });
  expect(times?.run).toMatchObject({ timed: 100, of: 100 });
  expect(finished.failed).toBe(25);
  expect(policies[0]).toMatchObject({ name: "send", options: { attempts: 4 } });
  expect(findings.map(({ id }) => id)).toEqual(["no_jitter", "no_worker_metrics"]);
});

describe("what is no retry", () => {
  test("jobs that wait for their time, and jobs that somebody retried by hand", async () => {
    await mails.firstLook();
    const queue = target.queue("mails");
    await queue.addBulk(jobs(5, { delay: 20 }));
    let good = false;
    await target.worker("mails", () =>
      good ? Promise.resolve() : Promise.reject(new Error("no")),
    );
    await until(
      () => queue.getFailedCount(),
      (count) => count === 5,
    );
    good = true;
    await queue.retryJobs();
    await mails.idle();
    expect(await mails.flow()).toMatchObject({ asked: 10, first: 10, again: 0, retries: 0 });
  });

  test("a job that its worker puts off without a failure", async () => {
    await mails.firstLook();
    await target.queue("mails").add("send", {}, { attempts: 3 });
    await target.worker("mails", async (job, token) => {
      if (job.attemptsStarted > 1) return;
      await job.moveToDelayed(Date.now() + 20, token);
      throw new DelayedError();
    });
    await mails.idle();
    expect(await mails.flow()).toMatchObject({ completed: 1, retries: 0, again: 0 });
  });

  test("a parent that goes on after its children", async () => {
    await mails.firstLook();
    const flow = target.opened(new FlowProducer({ connection: target.redis }));
    const children = [{ name: "child", queueName: "mails" }];
    await flow.add({ name: "parent", queueName: "mails", children });
    await target.worker("mails", () => Promise.resolve());
    await until(
      () => target.queue("mails").getCompletedCount(),
      (count) => count === 2,
    );
    expect(await mails.flow()).toMatchObject({
      asked: 2,
      first: 2,
      again: 0,
      retries: 0,
      completed: 2,
    });
  });
});

test("a stalled job is a stall, not a retry, and its lost attempt is no duration", async () => {
  await mails.firstLook();
  const queue = target.queue("mails");
  await queue.add("send", {});
  const lost = await target.worker("mails", () => new Promise(() => {}), {
    lockDuration: 50,
    skipLockRenewal: true,
    skipStalledCheck: true,
  });
  await until(
    () => queue.getActiveCount(),
    (count) => count === 1,
  );
  void lost.close(true);
  await target.worker("mails", () => Promise.resolve(), { stalledInterval: 60 });
  await until(
    () => queue.getCompletedCount(),
    (count) => count === 1,
  );
  const flow = await mails.flow();
  expect(flow).toMatchObject({ stalls: 1, retries: 0, first: 1, again: 1, completed: 1 });
  expect(flow?.runs).toHaveLength(1);
});

test("BullMQ 5 tells the same", async () => {
  await mails.firstLook();
  const queue = target.opened(new Queue5("mails", { connection: target.redis }));
  await queue.addBulk(jobs(20, { attempts: 3 }));
  const worker = target.opened(
    new Worker5("mails", () => Promise.reject(new Error("no")), {
      connection: { url: target.server.url, maxRetriesPerRequest: null },
    }),
  );
  worker.on("error", () => {});
  await mails.idle();
  expect(await mails.flow()).toMatchObject({
    asked: 20,
    first: 20,
    again: 40,
    retries: 40,
    failed: 20,
  });
});

test("a storm, a used budget and stalls become problems and metrics; no error text is a label", async () => {
  await mails.firstLook();
  await target.queue("mails").addBulk(jobs(25, { attempts: 4, removeOnFail: true }));
  await target.worker("mails", () => Promise.reject(new Error("no such host smtp-77")));
  await mails.idle();
  const now = soon(15);
  await collectOnce(source, now);
  const found = await transaction((tx) => queues.problems({ tx, source, now }));
  expect(found.map(({ type, severity }) => [type, severity])).toEqual([
    ["queue_failing", "warning"],
    ["queue_retry_storm", "critical"],
    ["queue_discards_failures", "risk"],
  ]);
  const values = new Map<string, MetricValue[]>();
  for (const { name, read } of queues.metrics) values.set(name, await read(now));
  expect(JSON.stringify([...values])).not.toContain("host");
  const labels = { source: source.name, prefix: "bull", queue: "mails" };
  for (const [name, value, more] of [
    ["plumbline_job_retries_total", 75, {}],
    ["plumbline_queue_retry_amplification_ratio", 4, {}],
    ["plumbline_queue_retry_budget_used_ratio", expect.closeTo(15), { window: "5m" }],
    ["plumbline_queue_retry_storm", 1, {}],
  ] as const)
    expect(values.get(name)).toContainEqual({ labels: { ...labels, ...more }, value });
  const service = { labels: { service: source.name }, value: 4 };
  expect(values.get("plumbline_service_retry_amplification_ratio")).toContainEqual(service);
});
