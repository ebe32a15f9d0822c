import { Queue } from "bullmq";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { command as drillCommand } from "../../bin/commands/drill.ts";
import { isPortFree } from "#lib/embedded/ports.ts";
import { removeSandbox, startSandbox, type TestSandbox } from "#tests/support/sandbox.ts";

const WAIT = { timeout: 40_000, interval: 50 };

let sandbox: TestSandbox;
let db: pg.Pool;
let queues: { url: string };

beforeAll(async () => {
  sandbox = await startSandbox();
  await connect();
});
afterAll(async () => {
  await db.end();
  await removeSandbox(sandbox);
});

/** Ports may change when the sandbox is started again. */
async function connect(): Promise<void> {
  db = new pg.Pool({ connectionString: await sandbox.sourceUrl("payments-db"), max: 2 });
  // The sandbox is killed under it.
  db.on("error", () => {});
  queues = { url: await sandbox.sourceUrl("payments-queues") };
}

interface Drill {
  name: string;
  running: { endsAt: string } | null;
}

/** As somebody types it; answers what is printed with --json. */
async function drill(...args: string[]): Promise<unknown> {
  vi.stubEnv("PLUMBLINE_HOME", sandbox.home);
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    expect(await drillCommand.run([...args, "--json"])).toBe(0);
    return JSON.parse(String(print.mock.lastCall?.[0]));
  } finally {
    print.mockRestore();
    vi.unstubAllEnvs();
  }
}

const isRunning = async (name: string): Promise<boolean> =>
  ((await drill("list")) as Drill[]).some((one) => one.name === name && one.running !== null);

/** Waits until the drill's own end; nobody stops it. */
const untilItEnds = (name: string) =>
  vi.waitFor(async () => expect(await isRunning(name)).toBe(false), WAIT);

async function indexes(): Promise<unknown[]> {
  const sql = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
  return (await db.query(sql)).rows;
}

async function faults(provider: string): Promise<unknown> {
  const response = await fetch(`${provider}/control/faults`, {
    headers: { authorization: `Bearer ${sandbox.token}` },
  });
  return response.json();
}

async function withQueue<T>(name: string, work: (queue: Queue) => Promise<T>): Promise<T> {
  const queue = new Queue(name, { connection: queues, skipMetasUpdate: true });
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}

const consumers = () => withQueue("emails", (queue) => queue.getWorkersCount());

function charge(orderReference: string): Promise<Response> {
  const body = {
    amount: "9900",
    currency: "NGN",
    orderReference,
    payerEmail: "ada@mail.example",
    card: "4000000000000002",
  };
  const headers = { "merchant-id": "1" };
  return fetch(`${sandbox.api}/v1/charges`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
}

/** A charge that the bank, which declines cards now and then, accepts. */
async function paidCharge(name: string): Promise<string> {
  for (let n = 0; ; n += 1) {
    const response = await charge(`${name}-${n}`);
    if (response.status === 201) return ((await response.json()) as { id: string }).id;
  }
}

test("slow-query drops an index, and builds it again even when the sandbox is killed meanwhile", async () => {
  const before = await indexes();
  await drill("start", "slow-query", "--for", "2s");
  expect(await indexes()).toHaveLength(before.length - 1);

  await sandbox.kill();
  await db.end();
  await sandbox.restart();
  await connect();
  await untilItEnds("slow-query");
  expect(await indexes()).toEqual(before);
});

test("email-provider-down makes receipts fail for good; retried afterwards they are sent", async () => {
  const healthy = await faults(sandbox.mail);
  await drill("start", "email-provider-down");
  const id = `receipt-${await paidCharge("ORD-mail")}`;
  await withQueue("emails", async (queue) => {
    await vi.waitFor(
      async () => expect(await (await queue.getJob(id))?.getState()).toBe("failed"),
      WAIT,
    );
    // Starting it again moves its end.
    await drill("start", "email-provider-down", "--for", "500ms");
    await untilItEnds("email-provider-down");
    expect(await faults(sandbox.mail)).toEqual(healthy);

    await (await queue.getJob(id))?.retry();
    await vi.waitFor(
      async () => expect(await (await queue.getJob(id))?.getState()).toBe("completed"),
      WAIT,
    );
  });
});

test("bank-timeouts leaves charges pending, and each is settled later", async () => {
  const healthy = await faults(sandbox.bank);
  await drill("start", "bank-timeouts", "--for", "5s");
  const statuses = await Promise.all(
    Array.from({ length: 16 }, async (_, n) => (await charge(`ORD-hang-${n}`)).status),
  );
  expect(statuses).toContain(202);
  await untilItEnds("bank-timeouts");
  expect(await faults(sandbox.bank)).toEqual(healthy);
  await vi.waitFor(async () => {
    const { rows } = await db.query("SELECT id FROM payments WHERE status = 'pending'");
    expect(rows).toEqual([]);
  }, WAIT);
});

test("worker-crash leaves the queues without a consumer until it ends", async () => {
  await vi.waitFor(async () => expect(await consumers()).toBe(1), WAIT);
  await drill("start", "worker-crash", "--for", "2s");
  await vi.waitFor(async () => expect(await consumers()).toBe(0), WAIT);
  await untilItEnds("worker-crash");
  await vi.waitFor(async () => expect(await consumers()).toBe(1), WAIT);
});

test("cache-flush removes cached values and nothing of the queues", async () => {
  const redis = new Redis(queues.url);
  const keysOf = async (prefix: string) => {
    const found: string[] = [];
    for await (const keys of redis.scanStream({ match: `${prefix}*` })) found.push(...keys);
    return found.toSorted();
  };
  await fetch(`${sandbox.api}/v1/balances`, { headers: { "merchant-id": "5" } });
  expect(await keysOf("cache:")).toContain("cache:balances:5");
  const jobs = (await keysOf("bull:emails:receipt")).filter((key) => !key.endsWith(":lock"));

  await drill("start", "cache-flush", "--for", "1s");
  await vi.waitFor(async () => expect(await keysOf("cache:")).toEqual([]), WAIT);
  expect(jobs).not.toEqual([]);
  expect(await keysOf("bull:emails:receipt")).toEqual(expect.arrayContaining(jobs));
  await untilItEnds("cache-flush");

  await fetch(`${sandbox.api}/v1/balances`, { headers: { "merchant-id": "5" } });
  expect(await keysOf("cache:")).toContain("cache:balances:5");
  redis.disconnect();
});

async function recentWithdrawals(): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM payments
     WHERE order_reference LIKE 'WD-%' AND created_at > now() - interval '1 minute'`,
  );
  return rows[0]?.n ?? Number.NaN;
}

test("double-click moves money once with a key and five times without", async () => {
  const before = await recentWithdrawals();
  await drill("start", "double-click", "--for", "1s");
  await untilItEnds("double-click");
  expect(await recentWithdrawals()).toBe(before + 1 + 5);
});

test("retry-storm makes a batch fail together again and again; afterwards it is sent", async () => {
  const healthy = await faults(sandbox.sms);
  await drill("start", "retry-storm");
  await withQueue("notifications", async (queue) => {
    const delayed = () => queue.getJobs(["delayed"], 0, 99);
    await vi.waitFor(
      async () => expect((await delayed()).map((job) => job.attemptsMade)).toContain(3),
      WAIT,
    );
    const waves = new Set((await delayed()).map((job) => job.delay));
    expect([...waves].every((ms) => Number.isInteger(Math.log2(ms / 1_000)))).toBe(true);
    await drill("stop", "retry-storm");
    expect(await faults(sandbox.sms)).toEqual(healthy);

    await queue.promoteJobs();
    await vi.waitFor(
      async () => expect(await queue.getJobCounts("delayed", "active", "waiting")).toEqual(NONE),
      WAIT,
    );
    expect(await queue.getFailedCount()).toBe(0);
  });
});

const NONE = { delayed: 0, active: 0, waiting: 0 };

test("a failed refund in the figures leaves no job behind", async () => {
  const paymentId = await paidCharge("ORD-figures");
  const response = await fetch(`${sandbox.api}/v1/refunds`, {
    method: "POST",
    headers: { "merchant-id": "1" },
    body: JSON.stringify({ paymentId, amount: "100" }),
  });
  const id = `count-${((await response.json()) as { id: string }).id}`;
  const redis = new Redis(queues.url);
  await vi.waitFor(async () => {
    const events = await redis.xrevrange("bull:analytics:events", "+", "-", "COUNT", 100);
    const failed = events.find(([, fields]) => fields.includes("failed") && fields.includes(id));
    expect(failed?.[1]).toContain("The figures have no column for a refund");
  }, WAIT);
  expect(await redis.exists(`bull:analytics:${id}`)).toBe(0);
  redis.disconnect();
});

test("a payout that is run twice pays once", async () => {
  const data = { merchantId: "1", reference: "PAY-twice" };
  await withQueue("payouts", async (queue) => {
    const jobs = await queue.addBulk([data, data].map((each) => ({ name: "payout", data: each })));
    await vi.waitFor(async () => {
      const ended = await Promise.all(jobs.map((job) => queue.getJob(job.id ?? "")));
      expect(new Set(ended.map((job) => job?.returnvalue?.amount)).size).toBe(1);
      expect(ended[0]?.returnvalue?.amount).toMatch(/^[1-9]/);
    }, WAIT);
  });
  const sql = "SELECT id FROM payments WHERE order_reference = 'PAY-twice'";
  expect((await db.query(sql)).rows).toHaveLength(1);
});

test("a statement that kills its worker twice is given up; the others are written", async () => {
  await withQueue("statements", async (queue) => {
    await vi.waitFor(async () => expect(await queue.getFailedCount()).toBeGreaterThan(0), WAIT);
    const [poison] = await queue.getJobs(["failed"], 0, 0);
    expect(poison).toMatchObject({ data: { locale: "en_NG" }, attemptsMade: 1, stalledCounter: 2 });
    expect(poison?.attemptsStarted).toBe(3);
    await vi.waitFor(async () => expect(await queue.getCompletedCount()).toBeGreaterThan(0), WAIT);

    await poison?.updateData({ ...poison.data, locale: "en-NG" });
    await poison?.retry();
    await vi.waitFor(
      async () =>
        expect(await (await queue.getJob(poison?.id ?? ""))?.getState()).toBe("completed"),
      WAIT,
    );
  });
});

test("a drill that is stopped by hand restores everything at once", async () => {
  const before = await indexes();
  await drill("start", "slow-query", "--for", "10m");
  expect(await isRunning("slow-query")).toBe(true);
  await drill("stop", "slow-query");
  expect(await isRunning("slow-query")).toBe(false);
  expect(await indexes()).toEqual(before);
});

test("SIGTERM ends it with everything it started", async () => {
  const { url, api, bank, mail, sms } = sandbox;
  const urls = [url, api, bank, mail, sms, queues.url];
  const ports = [...urls, await sandbox.sourceUrl("payments-db")].map((one) => +new URL(one).port);
  const areFree = () => Promise.all(ports.map((port) => isPortFree(port, "127.0.0.1")));
  expect(await areFree()).toEqual(ports.map(() => false));
  expect(await sandbox.stop()).toBe(0);
  expect(await areFree()).toEqual(ports.map(() => true));
});
