import { randomUUID } from "node:crypto";
import { Queue, type QueueOptions, Worker, type WorkerOptions } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { sql, transaction } from "#lib/db/sql.ts";
import { writeSamples } from "#lib/samples/write.ts";
import { collect } from "#lib/signals/queues/collect.ts";
import type { QueueRow } from "#lib/signals/queues/schema.ts";
import { list } from "#lib/signals/queues/read.ts";
import { save } from "#lib/signals/queues/store.ts";
import { systemActor } from "#lib/auth/actor.ts";
import { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { newCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { createRedis, type TestRedis } from "#tests/support/redis.ts";

/** A Redis with queues, as some team runs it, and the tools of that team. */
export class QueueTarget {
  readonly server: TestRedis;
  /** For BullMQ's own classes and for a look at the keys. */
  readonly redis: Redis;
  readonly #open: { close(): Promise<unknown> }[] = [];

  private constructor(server: TestRedis) {
    this.server = server;
    this.redis = new Redis(server.url, { maxRetriesPerRequest: null });
  }

  static async start(config: Record<string, string | number> = {}): Promise<QueueTarget> {
    return new QueueTarget(await createRedis(config));
  }

  queue(name: string, options: Partial<QueueOptions> = {}): Queue {
    return this.opened(new Queue(name, { connection: this.redis, ...options }));
  }

  /** A worker that is running when this resolves. */
  async worker(
    name: string,
    process: ConstructorParameters<typeof Worker>[1],
    options: Partial<WorkerOptions> = {},
  ): Promise<Worker> {
    const connection = { url: this.server.url, maxRetriesPerRequest: null };
    const worker = this.opened(new Worker(name, process, { connection, ...options }));
    worker.on("error", () => {});
    await worker.waitUntilReady();
    return worker;
  }

  opened<Closable extends { close(): Promise<unknown> }>(closable: Closable): Closable {
    this.#open.push(closable);
    return closable;
  }

  async closeOpened(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((each) => each.close()));
  }

  async stop(): Promise<void> {
    await this.closeOpened();
    this.redis.disconnect();
    await this.server.close();
  }
}

/**
 * Our own services and a Redis with queues, for all tests of a file. Each test begins with an empty Redis and a source of its own,
 * which `given` hands out.
 */
export function onQueueGround(
  given: (fresh: { target: QueueTarget; source: OpenSource<"bullmq"> }) => void,
): void {
  let ground: Ground;
  let target: QueueTarget;
  let source: OpenSource<"bullmq">;
  beforeAll(async () => {
    ground = await openGround();
    target = await QueueTarget.start();
  });
  beforeEach(async () => {
    source = await openTarget(target.server.url);
    given({ target, source });
  });
  afterEach(async () => {
    await source.conn.close();
    await target.closeOpened();
    await target.redis.flushall();
  });
  afterAll(async () => {
    await target.stop();
    await ground.close();
  });
}

/** A row in `source` and an open connection, as the worker would have them. */
export async function openTarget(
  url: string,
  more: {
    labels?: Record<string, string>;
    prefixes?: string[] | null;
    capabilities?: string[];
  } = {},
): Promise<OpenSource<"bullmq">> {
  const { labels = {}, prefixes = null, capabilities = ["no_eviction"] } = more;
  const id = randomUUID();
  const name = `queues-${id.slice(0, 8)}`;
  await sql.query(
    "INSERT INTO source (id, name, kind, labels, interval_ms) VALUES ($1, $2, 'bullmq', $3, 15000)",
    [id, name, JSON.stringify(labels)],
  );
  const cost = newCost();
  const conn = new BullmqConnection(url, prefixes, cost);
  return {
    id,
    name,
    kind: "bullmq",
    labels,
    intervalMs: 15_000,
    serverVersion: "7.0.15",
    capabilities: new Set(capabilities),
    probe: { serverVersion: "7.0.15", capabilities: [], facts: {}, refusal: null },
    conn,
    cost,
  };
}

/** One collection with everything the worker does around it; `at` is its time. */
export async function collectOnce(
  source: OpenSource,
  at = new Date(),
): Promise<{ unread: string[]; rows: QueueRow[] }> {
  const abort = AbortSignal.timeout(10_000);
  const { rows, unread } = await collect({ source, now: at, abort });
  await transaction(async (tx) => {
    const samples = await save({ tx, source, now: at }, rows);
    await writeSamples(tx, source.id, "queues", at, samples);
    await tx.query(
      `INSERT INTO collection (source_id, signal, interval_ms, last_attempt_at, last_success_at, unread)
       VALUES ($1, 'queues', 15000, $2, $2, $3)
       ON CONFLICT (source_id, signal) DO UPDATE SET last_attempt_at = $2, last_success_at = $2, unread = $3`,
      [source.id, at, JSON.stringify(unread)],
    );
  });
  return { unread, rows: await listed(source) };
}

export async function listed(
  source: OpenSource,
  params: Record<string, unknown> = {},
): Promise<QueueRow[]> {
  const input = list.params.parse({ source: source.name, sort: "name", dir: "asc", ...params });
  const context = { actor: systemActor("test"), now: new Date() };
  const { data } = await list.run(context, input);
  return (data as { rows: QueueRow[] }).rows;
}

/** The one queue of this name that a collection sees. */
export async function observed(source: OpenSource, name: string): Promise<QueueRow> {
  const { rows } = await collectOnce(source);
  const found = rows.find((row) => row.name === name);
  if (!found) throw new Error(`${name} was not found among ${rows.map((row) => row.name).join()}`);
  return found;
}

/** Waits for something that another process brings about; fails with the last value seen. */
export async function until<T>(read: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const value = await read();
    if (good(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`still ${JSON.stringify(await read())}`);
}
