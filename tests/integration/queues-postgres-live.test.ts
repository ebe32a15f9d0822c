import { describe, expect, test } from "vitest";
import { job, jobs } from "#lib/signals/queues/live/reads.ts";
import type { LiveJob, LivePage } from "#lib/signals/queues/live-schema.ts";
import { withPostgresQueues } from "./queues-postgres-target.ts";
import { until } from "./queues-target.ts";

const queues = withPostgresQueues();

const context = (revealed = false) => ({
  source: queues.source,
  revealed,
  abort: AbortSignal.timeout(10_000),
});

async function page(params: Record<string, unknown>, queue = "bullmq:mails"): Promise<LivePage> {
  return jobs.data.parse(
    await jobs.run(context(), jobs.params.parse({ queue, ...params })),
  ) as LivePage;
}

async function one(id: string, revealed = false, queue = "bullmq:mails"): Promise<LiveJob> {
  return job.data.parse(await job.run(context(revealed), { queue, job: id })) as LiveJob;
}

/** Fails the jobs of a queue, in order. */
async function failAll(name: string, total: number): Promise<void> {
  const worker = await queues.target.worker(name, async (each) => {
    const { iban } = each.data as { iban: string };
    await each.log(`charging ${iban}`);
    throw new TypeError(`no account ${iban}`);
  });
  const queue = queues.target.queue(name);
  await until(
    () => queue.getJobCounts("failed"),
    ({ failed }) => failed === total,
  );
  await worker.close();
}

describe("a page of jobs", () => {
  test("goes on exactly behind the one before it, also where jobs failed in one millisecond", async () => {
    await queues.target.sql.query(
      `insert into job (queue, id, seq, name, state, added_at_ms, finished_at_ms, failed_reason)
       select 'mails', n::text, n, 'a', 'failed', 0, 1000 + n / 10, 'no' from generate_series(1, 60) as n`,
    );
    for (const order of ["first", "last"]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const { rows, total, nextCursor } = await page({ order, limit: 25, cursor });
        expect(total).toBe(60);
        seen.push(...rows.map(({ id }) => id));
        cursor = nextCursor ?? undefined;
      } while (cursor);
      expect(new Set(seen).size).toBe(60);
      expect(seen[order === "first" ? 0 : 59]).toBe("1");
    }
  });

  test("lists each state in the order its jobs run", async () => {
    const queue = queues.target.queue("mails");
    await queue.add("second", {});
    await queue.add("first", {}, { lifo: true });
    for (const priority of [3, 1, 2]) await queue.add(`p${priority}`, {}, { priority });
    await queue.add("later", {}, { delay: 90_000 });
    await queue.add("soon", {}, { delay: 60_000 });
    const names = async (state: string, order = "first", more = {}) => {
      const { rows } = await page({ state, order, ...more });
      return rows.map(({ name }) => name);
    };
    expect(await names("waiting")).toEqual(["first", "second"]);
    expect(await names("waiting", "last")).toEqual(["second", "first"]);
    expect(await names("delayed")).toEqual(["soon", "later"]);
    expect(await names("paused")).toEqual([]);
    const { rows, nextCursor } = await page({ state: "prioritized", order: "first", limit: 2 });
    expect(rows.map(({ name }) => name)).toEqual(["p1", "p2"]);
    expect(await names("prioritized", "first", { cursor: nextCursor })).toEqual(["p3"]);
  });

  test("shows why jobs failed without personal data", async () => {
    await queues.target.queue("mails").add("pay", { iban: "DE89370400440532013000" });
    await failAll("mails", 1);
    const { rows } = await page({ state: "failed" });
    expect(rows[0]).toMatchObject({ name: "pay", attemptsMade: 1, maxAttempts: 1, ghost: false });
    expect(rows[0]?.failedReason).toMatch(/^no account /);
    expect(rows[0]?.failedReason).not.toContain("0532013000");
  });

  test.each([
    "eyJraW5kIjoib2Zmc2V0Iiwib2Zmc2V0IjoxfQ",
    "%00",
    btoa('{"kind":"member","id":"1","score":"1e3"}'),
  ])("does not exist behind a cursor that is not ours: %s", async (cursor) => {
    await queues.target.queue("mails").add("a", {});
    await expect(page({ cursor })).rejects.toMatchObject({ code: "bad_request" });
  });
});

describe("a job", () => {
  test("is masked until it is revealed, with its failures and logs", async () => {
    const payload = { iban: "DE89370400440532013000", name: "<script>alert(1)</script>" };
    const { id = "" } = await queues.target.queue("mails").add("pay", payload);
    await failAll("mails", 1);
    const masked = await one(id);
    expect(masked).toMatchObject({ name: "pay", state: "failed", revealed: false, result: null });
    expect(JSON.stringify(masked)).not.toContain("0532013000");
    expect(masked.failures).toEqual([
      expect.objectContaining({
        attempt: 1,
        message: expect.stringMatching(/^TypeError: no account/),
      }),
    ]);
    expect(masked.logs.total).toBe(1);
    const shown = await one(id, true);
    expect(JSON.parse(shown.payload.text ?? "")).toEqual(payload);
    expect(shown.failedReason).toContain(payload.iban);
    expect(shown.logs.lines).toEqual([`charging ${payload.iban}`]);
  });

  test("keeps every digit of long numbers", async () => {
    await queues.target.sql.query(
      `insert into job (queue, id, seq, name, state, added_at_ms, data)
       values ('mails', 'big', 1, 'a', 'waiting', 0, '{"id": 9223372036854775807}')`,
    );
    const { payload, state } = await one("big", true);
    expect(payload.text).toBe('{"id": 9223372036854775807}');
    expect(state).toBe("waiting");
  });

  test("of a flow names its parent, and a parent its children", async () => {
    const child = (name: string) => ({ name, queueName: "mails", data: {} });
    const flow = await queues.target
      .flows()
      .add({ ...child("parent"), children: [child("a"), child("b")] });
    const parent = await one(flow.job.id ?? "");
    expect(parent).toMatchObject({
      state: "waiting-children",
      children: { pending: 2, completed: 0, failed: 0 },
    });
    const first = await one(flow.children?.[0]?.job.id ?? "");
    expect(first.parent).toEqual({ queue: "bullmq:mails", job: flow.job.id });
  });

  test("that is not there, and a queue that is not there, are not found", async () => {
    await queues.target.queue("mails").add("a", {});
    await expect(one("gone")).rejects.toMatchObject({ code: "not_found" });
    for (const queue of ["bullmq:gone", "public:mails", 'x" ; drop schema bullmq; --:mails'])
      await expect(one("1", false, queue)).rejects.toMatchObject({ code: "not_found" });
  });

  test("with a payload too large to fetch says how large it is", async () => {
    await queues.target.sql.query(
      `insert into job (queue, id, seq, name, state, added_at_ms, data)
       values ('mails', 'huge', 1, 'a', 'waiting', 0, jsonb_build_object('text', repeat('x', 9000000)))`,
    );
    const { payload } = await one("huge", true);
    expect(payload).toMatchObject({ text: null, note: expect.stringContaining("8.6 MB") });
  });
});
