import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { sleep } from "#lib/core/time.ts";

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
