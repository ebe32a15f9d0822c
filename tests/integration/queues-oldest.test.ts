import { expect, test } from "vitest";
import type { OpenSource } from "#lib/sources/define.ts";
import { FollowedQueue, soon } from "./queues-flow.ts";
import { collectOnce, observed, onQueueGround, type QueueTarget, until } from "./queues-target.ts";

const MINUTE = 60_000;
let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

/** How long the oldest job waits when somebody looks so many seconds from now. */
const oldestIn = async (seconds: number) =>
  (await collectOnce(source, soon(seconds))).rows[0]?.oldestWaitingSeconds;

test("is told by the job's own times while nobody has read its events", async () => {
  const queue = target.queue("mails");
  await queue.add(
    "due a minute ago",
    {},
    { timestamp: Date.now() - 60 * MINUTE, delay: 59 * MINUTE },
  );
  await queue.promoteJobs();
  const { oldestWaitingSeconds } = await observed(source, "mails");
  expect(oldestWaitingSeconds?.value).toBeGreaterThanOrEqual(60);
  expect(oldestWaitingSeconds?.value).toBeLessThan(90);
  expect(oldestWaitingSeconds?.estimated).toBe(true);
});

test("finds the job that urgent ones keep pushing back", async () => {
  const queue = target.queue("mails");
  await queue.add("urgent", {}, { priority: 1 });
  await queue.add("starved", {}, { priority: 9, timestamp: Date.now() - 10 * MINUTE });
  await queue.add("not so urgent", {}, { priority: 9 });
  const { oldestWaitingSeconds } = await observed(source, "mails");
  expect(oldestWaitingSeconds?.value).toBeGreaterThanOrEqual(600);
  expect(oldestWaitingSeconds?.estimated).toBe(true);
});

test("of a job that was retried by hand is unknown without its events, and exact with them", async () => {
  const queue = target.queue("mails");
  await queue.add("flaky", {}, { timestamp: Date.now() - 1_440 * MINUTE });
  await retryOnceFailed();
  const row = await observed(source, "mails");
  expect(row.counts.waiting).toBe(1);
  expect(row.oldestWaitingSeconds).toBeNull();
  await retryOnceFailed();
  const oldest = await oldestIn(600);
  expect(oldest?.estimated).toBe(false);
  expect(Math.round((oldest?.value ?? 0) / 60)).toBe(10);
});

async function retryOnceFailed(): Promise<void> {
  const worker = await target.worker("mails", () => Promise.reject(new Error("no")));
  const [failed] = await until(
    () => target.queue("mails").getFailed(0, 1),
    (jobs) => jobs.length === 1,
  );
  await worker.close();
  await failed?.retry();
}

test("of a job that somebody promoted runs from then on, and is unknown when that was not seen", async () => {
  const queue = target.queue("mails");
  const unseen = await queue.add("tomorrow", {}, { delay: 1_440 * MINUTE });
  await unseen.promote();
  expect(await oldestIn(0)).toBeNull();
  await unseen.remove();
  const seen = await queue.add("tomorrow", {}, { delay: 1_440 * MINUTE });
  await seen.promote();
  expect(await oldestIn(600)).toMatchObject({ estimated: false });
  const oldest = await oldestIn(1_200);
  expect(oldest?.estimated).toBe(false);
  expect(Math.round((oldest?.value ?? 0) / 60)).toBe(20);
});

test("of a job whose delay was changed runs from the end of the new delay", async () => {
  const queue = target.queue("mails");
  const job = await queue.add(
    "later",
    {},
    { timestamp: Date.now() - 60 * MINUTE, delay: 61 * MINUTE },
  );
  await oldestIn(0);
  await job.changeDelay(1);
  await queue.promoteJobs();
  const oldest = await oldestIn(120);
  expect(oldest?.estimated).toBe(false);
  expect(Math.round((oldest?.value ?? 0) / 60)).toBe(2);
});

test("of a retry that was spread runs from its new time, not from the pause it was to have", async () => {
  const mails = new FollowedQueue(target, source);
  const queue = target.queue("mails");
  await queue.add("flaky", {}, { attempts: 2, backoff: { type: "fixed", delay: 1_000 } });
  const worker = await target.worker("mails", () => Promise.reject(new Error("no")));
  const [job] = await until(
    () => queue.getDelayed(),
    (jobs) => jobs.length === 1,
  );
  await worker.close();
  await mails.firstLook();
  await target.redis.hset(`bull:mails:${job?.id}`, "processedOn", Date.now() - 60 * MINUTE);
  await queue.promoteJobs();
  const oldest = await oldestIn(120);
  expect(oldest?.estimated).toBe(false);
  expect(Math.round((oldest?.value ?? 0) / 60)).toBe(2);
});
