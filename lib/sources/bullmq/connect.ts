import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { CostMeter } from "../cost.ts";
import { RedisConnection } from "../redis/connect.ts";

/** The Redis that carries BullMQ queues: bounded raw reads, and BullMQ's own scripts for actions. */
export class BullmqConnection {
  readonly redis: RedisConnection;
  /** Only queues under these prefixes count; null = all. */
  readonly prefixes: readonly string[] | null;
  readonly #queues = new Map<string, Queue>();

  constructor(url: string, prefixes: readonly string[] | null, cost: CostMeter) {
    this.prefixes = prefixes;
    this.redis = new RedisConnection(url, cost);
  }

  /** Bounded reads on the raw client; see `RedisConnection.run`. */
  run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    return this.redis.run(work);
  }

  /**
   * BullMQ's own handle, for actions (retry, promote, remove, pause). It writes nothing by itself. Ask for it again
   * before every use: that reconnects when the server was away.
   */
  async queue(prefix: string, name: string): Promise<Queue> {
    const connection = await this.redis.ready();
    const key = `${prefix}:${name}`;
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = new Queue(name, {
        prefix,
        connection,
        skipMetasUpdate: true,
        skipVersionCheck: true,
      });
      // The failed call itself rejects; without a listener BullMQ prints the error too.
      queue.on("error", () => {});
      this.#queues.set(key, queue);
    }
    await queue.waitUntilReady();
    return queue;
  }

  async close(): Promise<void> {
    const open = [...this.#queues.values()];
    this.#queues.clear();
    await Promise.allSettled(open.map((queue) => queue.close()));
    await this.redis.close();
  }
}
