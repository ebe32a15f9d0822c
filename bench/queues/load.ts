import { Queue } from "bullmq";
import { type ChainableCommander, Redis } from "ioredis";
import { HOUR, MINUTE, sleep } from "#lib/core/time.ts";

export const QUEUE = "orders";

/** About 430 bytes, as payloads are. */
export interface Order {
  order: { id: number; total: string; currency: string; lines: { sku: string; count: number }[] };
  customer: { id: string; mail: string; country: string };
  note: string;
}

const orderNumbered = (id: number): Order => ({
  order: { id, total: "129.90", currency: "EUR", lines: [{ sku: `sku-${id % 977}`, count: 2 }] },
  customer: { id: `customer-${id}`, mail: `customer-${id}@mail.example`, country: "DE" },
  note: "x".repeat(220),
});

const BATCH = 1_000;

/** Orders 0 to `count` - 1 as jobs; the worker that runs fails them all. */
export async function addOrders(url: string, count: number): Promise<void> {
  const queue = new Queue<Order>(QUEUE, { connection: { url } });
  for (let from = 0; from < count; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => from + at);
    await queue.addBulk(
      ids.map((id) => ({
        name: `charge-${id % 5}`,
        data: orderNumbered(id),
        opts: { attempts: 1 },
      })),
    );
  }
  await queue.close();
}

/** Orders that lie in one state of the queue, as BullMQ stores them. */
export interface LaidOrders {
  /** `paused`: half were set aside by an older BullMQ, half came since. */
  state: "wait" | "paused" | "failed" | "delayed";
  /** Ids of the last and the first of a list. */
  newest: string;
  oldest: string;
  count: number;
  /** When: failed ones failed an hour before, delayed ones are retries that come due within a minute. */
  at: number;
}

/** Empties the Redis and lays the orders 0 to `count` - 1 into one state, without the detour over a worker. The queue is paused. */
export async function layOrders(
  url: string,
  state: LaidOrders["state"],
  count: number,
): Promise<LaidOrders> {
  const redis = new Redis(url);
  await redis.flushall();
  const at = Date.now();
  await redis.hset(`bull:${QUEUE}:meta`, { version: "bullmq:6.7.0", paused: 1 });
  for (let from = 0; from < count; from += BATCH) {
    const batch = redis.pipeline();
    for (let id = from; id < Math.min(from + BATCH, count); id += 1) {
      const data = JSON.stringify(orderNumbered(id));
      const opts = JSON.stringify({ attempts: 3 });
      const facts = { name: `charge-${id % 5}`, timestamp: at - HOUR, atm: 1, delay: HOUR };
      batch.hset(`bull:${QUEUE}:${id}`, { data, opts, ...facts });
      lay(batch, state, id, at);
    }
    await batch.exec();
  }
  redis.disconnect();
  return { state, newest: String(count - 1), oldest: "0", count, at };
}

function lay(batch: ChainableCommander, state: LaidOrders["state"], id: number, at: number): void {
  const key = `bull:${QUEUE}:${state === "paused" && id % 2 === 1 ? "wait" : state}`;
  if (state === "failed") batch.zadd(key, at - HOUR, id);
  else if (state === "delayed") batch.zadd(key, (at + (id % MINUTE)) * 4_096, id);
  else batch.lpush(key, id);
}

/** Waits until the worker has nothing left to do. */
export async function untilIdle(url: string): Promise<void> {
  const redis = new Redis(url);
  const left = async (): Promise<number> =>
    (await redis.llen(`bull:${QUEUE}:wait`)) + (await redis.llen(`bull:${QUEUE}:active`));
  while ((await left()) > 0) await sleep(100);
  redis.disconnect();
}

/** Failed jobs that nobody has tried since `time`, in milliseconds. */
export async function notTriedSince(url: string, time: number): Promise<number> {
  const redis = new Redis(url);
  const count = await redis.zcount(`bull:${QUEUE}:failed`, "-inf", `(${time}`);
  redis.disconnect();
  return count;
}
