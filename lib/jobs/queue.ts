import { Queue } from "bullmq";
import type { JobQueue } from "./define.ts";
import { KEY_PREFIX, readyRedis } from "./redis.ts";

const QUEUES = Symbol.for("plumbline.queues");
const holder = globalThis as unknown as { [QUEUES]?: Map<JobQueue, Queue> };

/** The process's handle on one of our queues. Throws `unavailable` when Redis does not answer. */
export async function queueNamed(name: JobQueue): Promise<Queue> {
  const connection = await readyRedis();
  holder[QUEUES] ??= new Map();
  const open = holder[QUEUES].get(name);
  if (open) return open;
  // Without the version check nothing is sent while it opens, so that a slow server cannot leave it broken for good.
  const queue = new Queue(name, {
    connection,
    prefix: KEY_PREFIX,
    skipVersionCheck: true,
    streams: { events: { maxLen: 1_000 } },
  });
  queue.on("error", () => {}); // Reported by the connection itself.
  holder[QUEUES].set(name, queue);
  return queue;
}

export async function closeQueues(): Promise<void> {
  const open = [...(holder[QUEUES]?.values() ?? [])];
  delete holder[QUEUES];
  await Promise.allSettled(open.map((queue) => queue.close()));
}
