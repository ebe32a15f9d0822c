import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { countsOf } from "./deadletters-failures.ts";
import { capture, captured, captureOf, watch } from "./deadletters-target.ts";
import { act, submit } from "./queues-acting.ts";
import { withPostgresQueues } from "./queues-postgres-target.ts";
import { until } from "./queues-target.ts";

const queues = withPostgresQueues();

const KEY = "bullmq:payments";
/** Events are left alone for a second, so that none which commits late is passed over. */
const settled = () => sleep(1_100);

/** Adds jobs that all fail for good, and waits until they have. */
async function failJobs(jobs: { data: object; opts?: object }[]): Promise<void> {
  const queue = queues.target.queue("payments");
  await queue.addBulk(jobs.map((each) => ({ name: "charge", ...each })));
  await letFail(jobs.length);
}

/** Runs a worker until it has failed so many jobs for good. */
async function letFail(count: number): Promise<void> {
  const failed = async (): Promise<number> =>
    (await queues.target.sql.query("select from event where event = 'failed'")).rows.length;
  const before = await failed();
  const worker = await queues.target.worker("payments", ({ data }) => {
    const { who } = data as { who?: string };
    throw new TypeError(`no order for ${who ?? "anybody"}`);
  });
  await until(failed, (seen) => seen >= before + count);
  await worker.close();
}

/** Failed jobs as rows, `perMs` of them in each millisecond. */
async function insertFailed(count: number, perMs: number): Promise<void> {
  await queues.target.sql.query(
    `insert into job (queue, id, seq, name, state, data, added_at_ms, finished_at_ms, failed_reason, stacktrace)
     select 'payments', 'job-' || n, n, 'charge', 'failed', jsonb_build_object('order', n), 0, 1000 + n / $2::int, 'no ' || n,
       jsonb_build_array('Error: no' || n) from generate_series(1, $1::int) as n`,
    [count, perMs],
  );
}

test("every failed job is captured whole, once, however often one looks", async () => {
  const data = { who: "anna@example.com", id: 9_007_199_254_740_991 };
  await failJobs([{ data, opts: { attempts: 2, jobId: "order-42-a" } }]);
  await settled();
  await watch(queues.source, KEY);
  await capture(queues.source);
  await capture(queues.source);
  const [letter, ...more] = await captured(queues.source, KEY);
  expect(more).toEqual([]);
  const { rows } = await queues.target.sql.query("select finished_at_ms::text as score from job");
  expect(letter).toMatchObject({
    job: "order-42-a",
    state: "dead",
    score: rows[0].score,
    name: "charge",
    errorClass: "TypeError",
    message: "no order for •••@•••",
    error: "no order for anna@example.com",
    attempts: 2,
  });
  expect(JSON.parse(letter?.data?.toString() ?? "")).toEqual(data);
  expect(letter?.eventId).toMatch(/^\d+-\d+$/);
  expect(await captureOf(queues.source, KEY)).toMatchObject({
    watermark: rows[0].score,
    arrived: 1,
    lost: 0,
    gaps: 0,
  });
});

test.each([
  [1_300, 7],
  [1_100, 2_000],
])("a backlog of %i, %i in a millisecond, is captured completely", async (count, perMs) => {
  await insertFailed(count, perMs);
  await watch(queues.source, KEY);
  await capture(queues.source);
  expect(await countsOf((await captureOf(queues.source, KEY)).id)).toEqual({ dead: count });
});

test("payloads of several megabytes are read a few at a time, larger ones are left where they are", async () => {
  await queues.target.sql.query(
    `insert into job (queue, id, seq, name, state, data, added_at_ms, finished_at_ms, failed_reason)
     select 'payments', n::text, n, 'charge', 'failed', to_jsonb(repeat('x', n * 3000000)), 0, n, 'no'
     from generate_series(1, 3) as n`,
  );
  await watch(queues.source, KEY);
  await capture(queues.source);
  const letters = await captured(queues.source, KEY);
  expect(letters.map(({ data }) => data?.length ?? null)).toEqual([3_000_002, 6_000_002, null]);
});

describe("what others do", () => {
  test("a retry is told, and a failure after it is a new letter, linked to the one before", async () => {
    await failJobs([{ data: {} }]);
    await watch(queues.source, KEY);
    await capture(queues.source);
    const [job] = await queues.target.queue("payments").getFailed(0, 0);
    await job?.retry();
    await letFail(1);
    await settled();
    await capture(queues.source);
    const [first, second, ...more] = await captured(queues.source, KEY);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ state: "superseded" });
    expect(second).toMatchObject({ state: "dead", previousId: first?.id });
  });

  test("a failure whose payload removeOnFail destroyed is told by its event", async () => {
    await failJobs([{ data: { who: "bob" }, opts: { removeOnFail: true } }]);
    await settled();
    await watch(queues.source, KEY);
    await capture(queues.source);
    const letters = await captured(queues.source, KEY);
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ state: "lost", error: "no order for bob", data: null });
    expect(await captureOf(queues.source, KEY)).toMatchObject({ lost: 1, gaps: 0 });
  });

  test("a job that was removed is found gone by the walk, with its payload kept here", async () => {
    await insertFailed(3, 1);
    await watch(queues.source, KEY);
    await capture(queues.source);
    await queues.target.queue("payments").remove("job-2");
    await sql.query(
      "UPDATE deadletters_queue SET reconciled_at = now() - interval '1 hour', reconcile_cursor = NULL",
    );
    await capture(queues.source);
    await capture(queues.source);
    const letters = await captured(queues.source, KEY);
    expect(letters.filter(({ state }) => state === "dead")).toHaveLength(2);
    expect(letters.find(({ job }) => job === "job-2")).toMatchObject({ state: "gone" });
    expect(letters.every(({ data }) => data !== null)).toBe(true);
  });
});

describe("a retry", () => {
  /** The source of a role that may retry, and its only dead letter. */
  async function oneLetter() {
    await failJobs([{ data: { who: "carl" }, opts: { attempts: 1 } }]);
    await watch(queues.source, KEY);
    await capture(queues.source);
    const [letter] = await captured(queues.source, KEY);
    const source = { ...queues.source, capabilities: new Set(["retry_allowed"]) };
    return { source, input: { id: String(letter?.id) }, name: "deadletters.retry" };
  }

  const waiting = async (): Promise<number> =>
    (await queues.target.queue("payments").getJobCounts("waiting"))["waiting"] ?? -1;
  const stateNow = async () => (await captured(queues.source, KEY))[0]?.state;

  test("of ten that ask at once puts the job back once; the others are told who has it", async () => {
    const intent = await oneLetter();
    const runs = await Promise.allSettled(Array.from({ length: 10 }, () => act(intent)));
    const done = runs.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(done).toEqual([
      expect.objectContaining({ state: "succeeded", result: { state: "retried" } }),
    ]);
    expect(await waiting()).toBe(1);
    expect(await stateNow()).toBe("retried");
  });

  test("uses no changed payload, so nobody can make one", async () => {
    const { source, input, name } = await oneLetter();
    const [letter] = await captured(source, KEY);
    const refused = { code: "precondition_failed" };
    const change = { ...input, data: "{}", from: letter?.payloadHash };
    await expect(submit({ source, name: "deadletters.edit", input: change })).rejects.toMatchObject(
      refused,
    );
    // One that is left from before.
    const edit = "0".repeat(64);
    await sql.query(
      "INSERT INTO deadletters_edit (letter_id, data, payload_hash, by) VALUES ($1, '{}', $2, 'x')",
      [input.id, edit],
    );
    await expect(submit({ source, name, input: { ...input, edit } })).rejects.toMatchObject(
      refused,
    );
    await submit({ source, name: "deadletters.revert", input });
    expect(await act({ source, name, input })).toMatchObject({ result: { state: "retried" } });
  });

  test("that comes after somebody else's does nothing and says so", async () => {
    const intent = await oneLetter();
    const [job] = await queues.target.queue("payments").getFailed(0, 0);
    await job?.retry();
    expect(await act(intent)).toMatchObject({ result: { state: "superseded" } });
    expect(await waiting()).toBe(1);
    expect(await stateNow()).toBe("superseded");
  });

  test("of a job that is gone says so, and the letter keeps its payload", async () => {
    const intent = await oneLetter();
    await queues.target.sql.query("delete from job");
    expect(await act(intent)).toMatchObject({ result: { state: "gone" } });
    const [letter] = await captured(queues.source, KEY);
    expect(letter?.data?.toString()).toBe('{"who": "carl"}');
  });

  test("by a role that may only read is refused; the letter stays dead", async () => {
    const intent = await oneLetter();
    const run = await act({ ...intent, source: queues.source });
    expect(JSON.stringify(run.error)).toContain("may only read");
    expect(await stateNow()).toBe("dead");
    expect(await waiting()).toBe(0);
  });
});
