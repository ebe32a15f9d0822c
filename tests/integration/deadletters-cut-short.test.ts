import type { Redis } from "ioredis";
import { expect, test } from "vitest";
import { follow } from "#lib/signals/deadletters/capture/follow.ts";
import { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { newCost } from "#lib/sources/cost.ts";
import { capture, captureOf, watch } from "./deadletters-target.ts";
import { openTarget, type QueueTarget, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;

onQueueGround((fresh) => {
  ({ target } = fresh);
});

const KEY = "bull:payments";
/** More than a page of the slow walk and those that were read before it could make up for. */
const FAILURES = 2_200;

async function failMany(): Promise<void> {
  const batch = target.redis.pipeline();
  for (let at = 1; at <= FAILURES; at += 1) {
    batch.hset(`${KEY}:${at}`, { name: "charge", data: "{}", failedReason: "no", finishedOn: at });
    batch.zadd(`${KEY}:failed`, at, String(at));
  }
  await batch.exec();
}

/** Tells when it is asked for the nth time. */
class CountingConnection extends BullmqConnection {
  #left: number;
  readonly #then: () => void;

  constructor(url: string, nth: number, then: () => void) {
    super(url, null, newCost());
    this.#left = nth;
    this.#then = then;
  }

  override run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    this.#left -= 1;
    if (this.#left === 0) this.#then();
    return super.run(work);
  }
}

test("a round of capturing that is cut short anywhere is gone on with by the next one", async () => {
  await failMany();
  for (let nth = 1, cut = true; cut; nth += 1) {
    const source = await openTarget(target.server.url);
    const time = new AbortController();
    const conn = new CountingConnection(target.server.url, nth, () => time.abort());
    await watch(source, KEY);
    await follow({ source: { ...source, conn }, abort: time.signal });
    await capture(source);
    expect({ nth, ...(await captureOf(source, KEY)) }).toMatchObject({ nth, arrived: FAILURES });
    cut = time.signal.aborted;
    await Promise.all([conn.close(), source.conn.close()]);
  }
});
