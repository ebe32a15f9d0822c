import { describe, expect, test } from "vitest";
import type { Flow, FlowNode } from "#lib/signals/queues/flow-schema.ts";
import {
  drainPreview,
  flow,
  flowChildren,
  job,
  jobs,
  logs,
  schedulers,
  wave,
  workers,
} from "#lib/signals/queues/live/reads.ts";
import type { LiveJob, LivePage } from "#lib/signals/queues/live-schema.ts";
import type { Schedulers } from "#lib/signals/queues/scheduler-schema.ts";
import type { Workers } from "#lib/signals/queues/worker-schema.ts";
import type { Wave } from "#lib/signals/queues/wave-schema.ts";
import { withPostgresQueues } from "./queues-postgres-target.ts";
import { observed, until } from "./queues-target.ts";

const queues = withPostgresQueues();

const context = (revealed = false) => ({
  source: queues.source,
  revealed,
  abort: AbortSignal.timeout(10_000),
});

async function pageOf(params: Record<string, unknown>, queue = "bullmq:mails"): Promise<LivePage> {
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
        const { rows, total, nextCursor } = await pageOf({ order, limit: 25, cursor });
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
      const { rows } = await pageOf({ state, order, ...more });
      return rows.map(({ name }) => name);
    };
    expect(await names("waiting")).toEqual(["first", "second"]);
    expect(await names("waiting", "last")).toEqual(["second", "first"]);
    expect(await names("delayed")).toEqual(["soon", "later"]);
    expect(await names("paused")).toEqual([]);
    const { rows, nextCursor } = await pageOf({ state: "prioritized", order: "first", limit: 2 });
    expect(rows.map(({ name }) => name)).toEqual(["p1", "p2"]);
    expect(await names("prioritized", "first", { cursor: nextCursor })).toEqual(["p3"]);
  });

  test("shows why jobs failed without personal data", async () => {
    await queues.target.queue("mails").add("pay", { iban: "DE89370400440532013000" });
    await failAll("mails", 1);
    const { rows } = await pageOf({ state: "failed" });
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
    await expect(pageOf({ cursor })).rejects.toMatchObject({ code: "bad_request" });
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
    expect(masked.logs?.total).toBe(1);
    const shown = await one(id, true);
    expect(JSON.parse(shown.payload.text ?? "")).toEqual(payload);
    expect(shown.failedReason).toContain(payload.iban);
    expect(shown.logs?.lines).toEqual([`charging ${payload.iban}`]);
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

  test("of a flow names its parent, what its failure does to it, and its children", async () => {
    const child = (name: string, opts = {}) => ({ name, queueName: "mails", data: {}, opts });
    const fatal = child("a", { failParentOnFailure: true, priority: 1 });
    const tree = { ...child("parent"), children: [fatal, child("b"), child("c")] };
    const { job: top } = await queues.target.flows().add(tree);
    const worker = await queues.target.worker("mails", ({ name }) =>
      name === "a" ? Promise.reject(new Error("no")) : Promise.resolve(),
    );
    await until(
      () => one(top.id ?? ""),
      ({ state }) => state === "failed",
    );
    await worker.close();
    expect(await one(top.id ?? "")).toMatchObject({
      children: { pending: 0, completed: 2, failed: 1 },
    });
    const children = flowChildren.data.parse(
      await flowChildren.run(context(), { queue: "bullmq:mails", job: top.id ?? "" }),
    ) as { rows: FlowNode[] };
    expect(children.rows.map(({ name, state }) => [name, state])).toEqual([
      ["a", "failed"],
      [expect.any(String), "completed"],
      [expect.any(String), "completed"],
    ]);
    const failed = await one(children.rows[0]?.job ?? "");
    const parent = { queue: "bullmq:mails", job: top.id, state: "failed", onFailure: "fails" };
    expect(failed.parent).toEqual(parent);
    const path = flow.data.parse(
      await flow.run(context(), { queue: "bullmq:mails", job: failed.id }),
    ) as Flow;
    expect(path.cut).toBe(false);
    expect(path.path.map(({ name, onFailure }) => [name, onFailure])).toEqual([
      ["parent", null],
      ["a", "fails"],
    ]);
  });

  test("with more children than a page lists each once", async () => {
    await queues.target.sql.query(
      `insert into job (queue, id, seq, name, state, added_at_ms) values ('mails', 'top', 1, 'top', 'waiting-children', 0);
       insert into job_dependency (parent_queue, parent_id, child_queue, child_id, child_key, status)
       select 'mails', 'top', 'mails', n::text, 'mails:' || n, (array['pending', 'processed', 'failed'])[n % 3 + 1]::dep_status
       from generate_series(1, 50) as n`,
    );
    const seen: FlowNode[] = [];
    let cursor: string | undefined;
    do {
      const params = flowChildren.params.parse({ queue: "bullmq:mails", job: "top", cursor });
      const answer = flowChildren.data.parse(await flowChildren.run(context(), params));
      const { rows, nextCursor } = answer as { rows: FlowNode[]; nextCursor: string | null };
      seen.push(...rows);
      cursor = nextCursor ?? undefined;
    } while (cursor);
    expect(new Set(seen.map(({ job: id }) => id)).size).toBe(50);
    expect(seen.every(({ gone }) => gone)).toBe(true);
  });

  test("with a long log shows its end, and an earlier stretch when asked", async () => {
    const { id = "" } = await queues.target.queue("mails").add("a", {});
    await queues.target.sql.query(
      `insert into job_log select 'mails', $1, n + 1000, 'line ' || n from generate_series(0, 499) as n`,
      [id],
    );
    const { logs: end } = await one(id);
    expect([end?.total, end?.lines.length, end?.lines.at(-1)]).toEqual([500, 200, "line 499"]);
    const params = logs.params.parse({ queue: "bullmq:mails", job: id, from: 10, to: 13 });
    expect(await logs.run(context(), params)).toEqual({
      lines: ["line 10", "line 11", "line 12"],
      leftOut: 0,
    });
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

test("the coming retry wave is counted apart from what was scheduled", async () => {
  await queues.target.sql.query(
    `insert into job (queue, id, seq, name, state, added_at_ms, process_at_ms, attempts_made)
     select 'mails', n::text, n, 'a', 'delayed', 0, extract(epoch from now()) * 1000 + n * 1000, (n <= 20)::int
     from generate_series(1, 30) as n`,
  );
  const params = wave.params.parse({ queue: "bullmq:mails" });
  const seen = wave.data.parse(await wave.run(context(), params)) as Wave;
  expect(seen).toMatchObject({
    total: 30,
    overdue: 0,
    later: 0,
    windowSeconds: 600,
    estimated: false,
  });
  const sum = (of: "total" | "retrying") =>
    seen.buckets.reduce((all, bucket) => all + (bucket[of] ?? 0), 0);
  expect([sum("total"), sum("retrying")]).toEqual([30, 20]);
});

test("schedulers are listed with their next run, the next due first; none can be acted on", async () => {
  const queue = queues.target.queue("mails");
  await queue.upsertJobScheduler(
    "nightly",
    { pattern: "0 3 * * *", tz: "Europe/Berlin" },
    { name: "report", data: { secret: "x" } },
  );
  await queue.upsertJobScheduler("often", { every: 60_000 }, { name: "poll" });
  const params = schedulers.params.parse({ queue: "bullmq:mails" });
  const seen = schedulers.data.parse(await schedulers.run(context(), params)) as Schedulers;
  expect(seen).toMatchObject({ total: 2, nextOffset: null, paused: [] });
  expect(seen.rows.map(({ id, everyMs, nextState }) => [id, everyMs, nextState])).toEqual([
    ["often", 60_000, expect.stringMatching(/^(delayed|ready)$/)],
    ["nightly", null, "delayed"],
  ]);
  expect(seen.rows[1]).toMatchObject({ pattern: "0 3 * * *", timeZone: "Europe/Berlin" });
  expect(seen.rows[1]?.payload).not.toContain('"x"');
  expect(seen.rows[1]?.readOnlyBecause).toContain("On PostgreSQL");
});

test("workers are listed by what they are called, odd names and all, with the jobs they hold", async () => {
  const name = "zahlungen-ü";
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await queues.target.queue(name).add("slow", {});
  await queues.target.worker(name, () => held, { name: "worker-ß" });
  const seen = await until(
    async () =>
      workers.data.parse(await workers.run(context(), { queue: `bullmq:${name}` })) as Workers,
    ({ active }) => active === 1,
  );
  release();
  expect(seen).toMatchObject({ connected: 1, unreadBecause: null });
  expect(seen.workers[0]?.address).toBe("127.0.0.1");
  expect(seen.jobs).toEqual([expect.objectContaining({ name: "slow", worker: "worker-ß" })]);
  expect(seen.jobs[0]?.lockMs).toBeGreaterThan(0);
});

test("what is only possible on Redis says so", async () => {
  await queues.target.queue("mails").add("a", {});
  const drain = drainPreview.run(context(), { queue: "bullmq:mails" });
  await expect(drain).rejects.toMatchObject({ code: "precondition_failed" });
});

test("times beyond every calendar break nothing", async () => {
  await queues.target.sql.query(
    `insert into job (queue, id, seq, name, state, added_at_ms, process_at_ms, finished_at_ms)
     select 'mails', state, 1, 'a', state::job_state, 9e18, 9e18, 9e18 from unnest(array['delayed', 'failed']) as state`,
  );
  for (const state of ["delayed", "failed"]) {
    expect((await pageOf({ state })).rows[0]).toMatchObject({
      id: state,
      addedAt: null,
      dueAt: null,
    });
    expect(await one(state)).toMatchObject({ state, finishedAt: null });
  }
  expect(await observed(queues.source, "mails")).toMatchObject({
    newestFailedAt: null,
    nextDueAt: null,
  });
});
