import type { Queue } from "bullmq";
import { queues } from "#lib/signals/queues/signal.ts";
import type { CleanPreview, DrainPreview } from "#lib/signals/queues/danger-schema.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import type { QueueTarget } from "./queues-target.ts";

/** A live read of the queues, as a worker answers it to somebody who has revealed nothing. */
export async function look<Data>(source: OpenSource, name: string, params: object): Promise<Data> {
  const read = queues.live?.[name];
  if (!read) throw new Error(`no live read ${name}`);
  const context = { source, revealed: false, abort: AbortSignal.timeout(5_000) };
  const found: unknown = await read.run(context, read.params.parse(params));
  return read.data.parse(found) as Data;
}

/** What a drain's dialog sends: what its preview showed. */
export async function drainInput(source: OpenSource, queue: string, delayed = false) {
  const { seen } = await look<DrainPreview>(source, "drainPreview", { queue });
  return { queue, seen, delayed };
}

export async function cleanInput(
  source: OpenSource,
  queue: string,
  state: "completed" | "failed",
  age = 0,
) {
  const params = { queue, state, age };
  const { before, count } = await look<CleanPreview>(source, "cleanPreview", params);
  return { queue, state, before, expected: count };
}

/** Jobs of `mails` that finished so many milliseconds ago, each with a log. */
export async function finishedJobs(
  target: QueueTarget,
  state: "completed" | "failed",
  ages: readonly number[],
): Promise<Queue> {
  const mails = target.queue("mails");
  await mails.waitUntilReady();
  const batch = target.redis.pipeline();
  const now = Date.now();
  ages.forEach((age, at) => {
    const key = `bull:mails:${state}-${at}`;
    batch.hset(key, { name: "send", data: "{}", opts: "{}", timestamp: now - age });
    batch.hset(key, { finishedOn: now - age, failedReason: "no" });
    batch.rpush(`${key}:logs`, "a line");
    batch.zadd(`bull:mails:${state}`, now - age, `${state}-${at}`);
  });
  await batch.exec();
  return mails;
}

/** A paused queue `mails` with jobs `w0`, `w1`, … */
export async function waitingJobs(target: QueueTarget, count: number): Promise<Queue> {
  const mails = target.queue("mails");
  await mails.pause();
  const jobs = Array.from({ length: count }, (_job, at) => ({
    name: "send",
    data: { at },
    opts: { jobId: `w${at}` },
  }));
  await mails.addBulk(jobs);
  return mails;
}
