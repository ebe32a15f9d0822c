import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sql, transaction } from "#lib/db/sql.ts";
import type { Failure } from "#lib/signals/deadletters/capture/failure.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import { claim, settle } from "#lib/signals/deadletters/transition.ts";
import { fieldHash } from "#lib/signals/deadletters/fields.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { captureQueue, countsOf, failure, lettersOf } from "./deadletters-failures.ts";

let ground: Ground;
let queueId: number;

beforeAll(async () => {
  ground = await openGround();
});
beforeEach(async () => {
  queueId = await captureQueue();
});
afterAll(() => ground.close());

test("a failure is kept whole: payload byte by byte, error, stack, and what searches need", async () => {
  const data = Buffer.from('{"user":{"id":9007199254740993},"mail":"anna@example.com"}');
  const one = failure({ jobId: "7", data, error: "no user anna@example.com, order 4711" });
  expect(await ingest(queueId, [one])).toEqual({ arrived: 1, lost: 0 });
  const [letter] = await lettersOf(queueId);
  expect(letter).toMatchObject({
    job: "7",
    state: "dead",
    score: String(one.failedAt),
    message: "no user •••@•••, order 4711",
    variables: "\n4711",
    errorClass: "TypeError",
    groupMessage: "no user <email>, order <n>",
    frame: "charge (src/a.ts)",
    payloadBytes: data.length,
    payloadHash: createHash("sha256").update(data).digest("hex"),
    error: one.error,
    stacks: one.stacks,
  });
  expect(letter?.data).toEqual(data);
  expect(letter?.fields).toContain(fieldHash("user.id", "9007199254740993"));
});

test("the same failure given twice, also at once, is one letter", async () => {
  const many = Array.from({ length: 300 }, (_each, at) => failure({ jobId: `job-${at}` }));
  const answers = await Promise.all([
    ingest(queueId, many),
    ingest(queueId, many.toReversed()),
    ingest(queueId, many.slice(100)),
  ]);
  expect(answers.reduce((sum, { arrived }) => sum + arrived, 0)).toBe(300);
  expect(await ingest(queueId, many)).toEqual({ arrived: 0, lost: 0 });
  expect(await lettersOf(queueId)).toHaveLength(300);
  expect(await countsOf(queueId)).toEqual({ dead: 300 });
});

test("what runs beside it commits or fails with it", async () => {
  const failing = ingest(queueId, [failure({ jobId: "1" })], () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(await lettersOf(queueId)).toEqual([]);
  expect(await countsOf(queueId)).toEqual({});
});

test("one cause is one group over queues and ids; the queue and the job's name make its facets", async () => {
  const other = await captureQueue("bull:mails");
  await ingest(queueId, [failure({ jobId: "1" }), failure({ jobId: "2", name: "refund" })]);
  await ingest(other, [failure({ jobId: "order-3" })]);
  const { rows } = await sql.query<{ groups: number; facets: number }>(
    `SELECT count(DISTINCT group_id)::int AS groups, count(*)::int AS facets FROM deadletters_facet WHERE queue_id = ANY($1)`,
    [[queueId, other]],
  );
  expect(rows).toEqual([{ groups: 2, facets: 3 }]);
});

test("a job that failed again is linked to its failures before; the dead one is superseded, the retried one has its outcome", async () => {
  await ingest(queueId, [failure({ jobId: "1", failedAt: 1_000 })]);
  await ingest(queueId, [failure({ jobId: "1", failedAt: 2_000 })]);
  await sql.query(
    "UPDATE deadletters_letter SET state = 'retried' WHERE queue_id = $1 AND score = '2000'",
    [queueId],
  );
  await ingest(queueId, [failure({ jobId: "1", failedAt: 3_000 })]);
  const [first, second, third] = await lettersOf(queueId);
  expect(first).toMatchObject({ state: "superseded", retries: 0, previousId: null, poison: false });
  expect(second).toMatchObject({
    state: "retried",
    outcome: "failed_again",
    retries: 1,
    previousId: first?.id,
  });
  expect(third).toMatchObject({ state: "dead", retries: 2, previousId: second?.id, poison: true });
  expect(await countsOf(queueId)).toEqual({ superseded: 1, retried: 1, dead: 1 });
});

test("an id that is used again after its job was thrown away is no retry", async () => {
  const tombstone = {
    state: "lost",
    score: null,
    data: null,
    dataBytes: null,
    attempts: null,
  } as const;
  expect(await ingest(queueId, [failure({ jobId: "1", failedAt: 1_000, ...tombstone })])).toEqual({
    arrived: 1,
    lost: 1,
  });
  await ingest(queueId, [failure({ jobId: "1", failedAt: 2_000 })]);
  const letters = await lettersOf(queueId);
  expect(letters.map(({ state, retries, attempts }) => [state, retries, attempts])).toEqual([
    ["lost", 0, null],
    ["dead", 0, 3],
  ]);
});

test.each([
  ["a stall", { stalls: 1 }, true],
  ["a worker that put it back, rate limited or to go on later", { attempts: 1, starts: 9 }, false],
])("%s: poison is %s", async (_what, given, poison) => {
  await ingest(queueId, [failure({ jobId: "1", ...given })]);
  expect((await lettersOf(queueId))[0]?.poison).toBe(poison);
});

test("retries by hand are evidence only while the job fails in the same way", async () => {
  const errors = ["no such address", "no such address", "the disk is full", "the disk is full"];
  for (const [at, error] of [...errors, "the disk is full"].entries()) {
    await ingest(queueId, [failure({ jobId: "1", failedAt: 1_000 * (at + 1), error })]);
  }
  const letters = await lettersOf(queueId);
  expect(letters.map(({ retries, poison }) => [retries, poison])).toEqual([
    [0, false],
    [1, false],
    [2, false],
    [3, false],
    [4, true],
  ]);
});

test("while people and redrives change the same letters, nothing is lost and the counters stay exact", async () => {
  const jobs = Array.from({ length: 200 }, (_each, at) => `job-${at}`);
  const batch = (failedAt: number) =>
    jobs.map((jobId, at) =>
      failure({ jobId, failedAt, name: `charge-${at % 7}x`, error: ERRORS[at % 3] ?? "" }),
    );
  await ingest(queueId, batch(1_000));
  const ids = (await lettersOf(queueId)).map(({ id }) => id);
  const holder = { runId: randomUUID() };
  const claimed = (some: bigint[]) =>
    transaction((tx) => claim(tx, some, ["dead"], { holder, by: "anna", reason: "again" }));
  const capturing = async (turn: (failures: Failure[]) => Failure[]): Promise<void> => {
    await ingest(queueId, turn(batch(2_000)));
    await ingest(queueId, turn(batch(3_000)));
  };
  const [one, other] = await Promise.allSettled([
    capturing((failures) => failures),
    capturing((failures) => failures.toReversed()),
    claimed(ids.toReversed()),
    claimed(ids.filter((_id, at) => at % 2 === 0)).then((some) =>
      transaction((tx) => settle(tx, some, "retried", holder)),
    ),
  ]);
  expect([one.status, other.status]).toEqual(["fulfilled", "fulfilled"]);
  const letters = await lettersOf(queueId);
  expect(letters).toHaveLength(600);
  const byState = Map.groupBy(letters, ({ state }) => state);
  expect(await countsOf(queueId)).toEqual(
    Object.fromEntries([...byState].map(([state, some]) => [state, some.length])),
  );
  // Whoever came first: of each job only its last failure is dead.
  expect(letters.filter(({ state }) => state === "dead").map(({ score }) => score)).toEqual(
    jobs.map(() => "3000"),
  );
});

const ERRORS = ["no money", "no answer", "no such order"];

test("hostile content is stored without harm", async () => {
  const half = "\uD800";
  const odd = [
    failure({
      jobId: "a",
      name: `x\0${half}`,
      error: `nul \0 and ${half}`,
      stacks: "\0",
      opts: "\0",
    }),
    failure({ jobId: "b{}:'\"\\,NULL", data: Buffer.from([0, 255, 254, 123]) }),
    failure({
      jobId: "c",
      data: Buffer.from("[".repeat(100_000)),
      error: "<script>alert(1)</script>",
    }),
    failure({ jobId: "d", error: null, stacks: null, name: null, opts: null, data: null }),
    failure({
      jobId: "e",
      error: "x".repeat(900_000),
      stacks: JSON.stringify(["at ".repeat(100_000)]),
    }),
    failure({ jobId: "f", data: Buffer.alloc(5_000_000, "7"), worker: "\0", parent: "\0" }),
  ];
  expect(await ingest(queueId, odd)).toEqual({ arrived: 6, lost: 0 });
  const letters = await lettersOf(queueId);
  expect(letters.map(({ job }) => job)).toEqual(odd.map(({ jobId }) => jobId));
  expect(letters[1]?.data).toEqual(odd[1]?.data);
  expect(letters[5]?.payloadBytes).toBe(5_000_000);
  expect(letters[3]).toMatchObject({ name: null, message: "(no error was stored)" });
});
