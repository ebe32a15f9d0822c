import Bull from "bull";
import { type Job, Queue, Worker } from "bullmq";
import { Queue as Queue5 } from "bullmq5";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { discoverQueues, type DiscoveryState } from "#lib/sources/bullmq/discover.ts";
import type { DiscoveredQueue } from "#lib/sources/bullmq/queries.ts";
import { newCost } from "#lib/sources/cost.ts";
import type { Capability, SourceConfig } from "#lib/sources/define.ts";
import { inspectSource } from "#lib/sources/index.ts";
import { queueActionRules, queueReadRules, setUser } from "#lib/sources/redis/acl.ts";
import { createRedis, type TestRedis } from "#tests/support/redis.ts";

let server: TestRedis;
let admin: Redis;

beforeAll(async () => {
  server = await createRedis();
  admin = new Redis(server.url, { maxRetriesPerRequest: null });
});
afterEach(() => admin.flushall());
afterAll(async () => {
  admin.disconnect();
  await server.close();
});

async function withConnection<T>(
  work: (conn: BullmqConnection) => Promise<T>,
  prefixes: string[] | null = null,
): Promise<T> {
  const conn = new BullmqConnection(server.url, prefixes, newCost());
  try {
    return await work(conn);
  } finally {
    await conn.close();
  }
}

/** Everything a whole pass finds, without the help of client names. */
async function findAll(conn: BullmqConnection): Promise<DiscoveredQueue[]> {
  const all: DiscoveredQueue[] = [];
  let state: DiscoveryState = { cursor: "0", known: [] };
  for (;;) {
    const { found, cursor, passComplete } = await discoverQueues(conn, state, null);
    all.push(...found);
    if (passComplete) return all.toSorted((a, b) => a.name.localeCompare(b.name));
    state = { cursor, known: all };
  }
}

async function addBullmq(
  name: string,
  options: { prefix?: string; paused?: boolean } = {},
): Promise<void> {
  const queue = new Queue(name, { connection: admin, prefix: options.prefix ?? "bull" });
  await queue.add("job", {});
  if (options.paused) await queue.pause();
  await queue.close();
}

async function addBullmq5(name: string): Promise<void> {
  const queue = new Queue5(name, { connection: admin });
  await queue.add("job", {});
  await queue.pause();
  await queue.close();
}

async function addBull(name: string, paused: boolean): Promise<void> {
  const queue = new Bull(name, server.url);
  await queue.add({});
  if (paused) await queue.pause();
  await queue.close();
}

/** The server's URL as one of its ACL users; `apply` gives them this password. */
function urlAs(user: string): string {
  const url = new URL(server.url);
  [url.username, url.password] = [user, "secret"];
  return url.href;
}

/** Runs a printed ACL or CONFIG line as an administrator. */
async function apply(line = ""): Promise<void> {
  const [command = "", ...words] = line.replace("…", "secret").split(" ");
  await admin.call(command, ...words);
}

async function probe(url = server.url): Promise<Record<string, Capability>> {
  const config: SourceConfig = {
    name: "q",
    kind: "bullmq",
    url,
    labels: {},
    intervalMs: 15_000,
    options: { prefixes: ["bull"] },
  };
  const { capabilities } = await inspectSource(config);
  return Object.fromEntries(capabilities.map((one) => [one.id, one]));
}

describe("discovery", () => {
  it("tells BullMQ, its older versions and Bull apart, paused or not", async () => {
    await addBullmq("six");
    await addBullmq("six-paused", { paused: true });
    await addBullmq5("five-paused");
    await addBull("four", false);
    await addBull("four-paused", true);
    const found = await withConnection(findAll);
    expect(found.map(({ name, flavour, paused }) => [name, flavour, paused])).toEqual([
      ["five-paused", "bullmq", true],
      ["four", "bull", false],
      ["four-paused", "bull", true],
      ["six", "bullmq", false],
      ["six-paused", "bullmq", true],
    ]);
    expect(found.map(({ version }) => version?.split(".")[0] ?? null)).toEqual([
      "5",
      null,
      null,
      "6",
      "6",
    ]);
  });

  it("takes prefixes with colons and hash tags as they are", async () => {
    await addBullmq("mail", { prefix: "team:a" });
    await addBullmq("sms", { prefix: "{b}" });
    const found = await withConnection(findAll);
    expect(found.map(({ prefix, name }) => [prefix, name])).toEqual([
      ["team:a", "mail"],
      ["{b}", "sms"],
    ]);
  });

  it("keeps to the configured prefixes", async () => {
    await addBullmq("mine", { prefix: "mine" });
    await addBullmq("other");
    expect((await withConnection(findAll, ["mine"])).map(({ name }) => name)).toEqual(["mine"]);
  });

  it("is not taken in by keys of applications", async () => {
    await admin.set("order:5:id", "5");
    await admin.set("order:5:failed", "yes");
    await admin.hset("page:meta", "title", "x");
    await admin.hset("page:home:meta", "title", "x");
    await admin.set("user:7:meta", "text");
    await admin.zadd("rank:game:failed", 1, "x");
    expect(await withConnection(findAll)).toEqual([]);
  });

  it("finds a BullMQ queue whose producers write no meta", async () => {
    const queue = new Queue("quiet", { connection: admin, skipMetasUpdate: true });
    await queue.add("job", {});
    await queue.close();
    const found = await withConnection(findAll);
    expect(found).toEqual([
      { prefix: "bull", name: "quiet", flavour: "bullmq", version: null, paused: false },
    ]);
  });

  it("walks a full keyspace in small steps and misses nothing", async () => {
    for (let batch = 0; batch < 10; batch += 1) {
      const pipeline = admin.pipeline();
      for (let key = 0; key < 1_000; key += 1) pipeline.set(`cache:${batch}:${key}`, "x");
      await pipeline.exec();
    }
    const names = Array.from(
      { length: 20 },
      (_, index) => `queue-${String(index).padStart(2, "0")}`,
    );
    for (const name of names) await addBullmq(name);
    await withConnection(async (conn) => {
      const first = await discoverQueues(conn, { cursor: "0", known: [] }, null, {
        keys: 500,
        budgetMs: 1_000,
      });
      expect(first.passComplete).toBe(false);
      expect((await findAll(conn)).map(({ name }) => name)).toEqual(names);
    });
  });

  it("does not describe known queues again", async () => {
    await addBullmq("known");
    await addBullmq("fresh");
    await withConnection(async (conn) => {
      const known = [{ prefix: "bull", name: "known" }];
      const { found } = await discoverQueues(conn, { cursor: "0", known }, null);
      expect(found.map(({ name }) => name)).toEqual(["fresh"]);
    });
  });

  it("sees a queue at once by its live worker, before any walk over the keys", async () => {
    await addBullmq("worked");
    const connection = { url: server.url, maxRetriesPerRequest: null };
    const worker = new Worker("worked", async (_job: Job) => {}, { connection, name: "w:1" });
    await worker.waitUntilReady();
    try {
      await withConnection(async (conn) => {
        await expect
          .poll(async () => {
            const clients = await conn.redis.clients();
            const { found } = await discoverQueues(conn, { cursor: "0", known: [] }, clients, {
              keys: 0,
              budgetMs: 0,
            });
            return found.map(({ prefix, name }) => [prefix, name]);
          })
          .toEqual([["bull", "worked"]]);
      });
    } finally {
      await worker.close();
    }
  });
});

describe("a queue handle", () => {
  it("writes nothing by itself and acts through BullMQ's scripts", async () => {
    await withConnection(async (conn) => {
      const queue = await conn.queue("bull", "untouched");
      await queue.getJobCounts("wait");
      expect(await admin.keys("*")).toEqual([]);
      await addBullmq("mail");
      await (await conn.queue("bull", "mail")).pause();
      expect(await admin.hget("bull:mail:meta", "paused")).toBe("1");
      expect(await conn.queue("bull", "mail")).toBe(await conn.queue("bull", "mail"));
    });
  });

  it("survives the loss of the connection", async () => {
    await addBullmq("mail");
    await withConnection(async (conn) => {
      expect(await (await conn.queue("bull", "mail")).getJobCounts("wait")).toEqual({ wait: 1 });
      await admin.client("KILL", "TYPE", "normal", "SKIPME", "yes");
      await expect
        .poll(async () => (await conn.queue("bull", "mail")).getJobCounts("wait").catch(() => null))
        .toEqual({ wait: 1 });
    });
  });
});

describe("the probe", () => {
  it("names the queues it found", async () => {
    await addBullmq("mail");
    await addBull("old", false);
    expect((await probe()).queues_discoverable?.detail).toBe(
      "2 found: mail, old (Bull, read-only)",
    );
  });

  it("wants an eviction policy that keeps jobs", async () => {
    await admin.config("SET", "maxmemory-policy", "allkeys-lru");
    const { no_eviction: before } = await probe();
    expect(before).toMatchObject({ ok: false, needed: "required" });
    await apply(before?.grant);
    expect((await probe()).no_eviction).toMatchObject({ ok: true });
  });

  it("tells a user who may look from one who may act", async () => {
    await apply(setUser("looker", ["~bull:*"], queueReadRules));
    const looker = await probe(urlAs("looker"));
    expect(looker.read_keys).toMatchObject({ ok: true });
    expect(looker.actions_allowed).toMatchObject({ ok: false, needed: "recommended" });
    await apply(looker.actions_allowed?.grant);
    expect((await probe(urlAs("looker"))).actions_allowed).toMatchObject({ ok: true });
  });

  it("knows that a replica takes no actions", async () => {
    const primary = await createRedis();
    const { port, password } = new URL(primary.url);
    await admin.config("SET", "masterauth", password);
    await admin.replicaof("127.0.0.1", port);
    try {
      expect((await probe()).actions_allowed).toMatchObject({
        ok: false,
        detail: expect.stringContaining("replica"),
      });
    } finally {
      await admin.replicaof("NO", "ONE");
      await primary.close();
    }
  });
});

describe("the rights the doctor asks for", () => {
  it("are enough for every action on jobs and queues", async () => {
    await addBullmq("mail");
    await apply(setUser("actor", ["~bull:*"], queueActionRules));
    const worker = new Worker("mail", () => Promise.reject(new Error("no")), {
      connection: { url: server.url, maxRetriesPerRequest: null },
    });
    await new Promise((resolve) => worker.on("failed", resolve));
    await worker.close();
    const conn = new BullmqConnection(urlAs("actor"), null, newCost());
    try {
      const queue = await conn.queue("bull", "mail");
      const [failed] = await queue.getJobs(["failed"], 0, 0);
      await failed?.retry("failed");
      const later = await queue.add("later", {}, { delay: 60_000 });
      await later.promote();
      await queue.pause();
      await queue.resume();
      await later.remove();
      expect(await queue.getJobCounts("failed", "delayed", "wait")).toEqual({
        failed: 0,
        delayed: 0,
        wait: 1,
      });
    } finally {
      await conn.close();
    }
  });
});
