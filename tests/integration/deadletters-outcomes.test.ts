import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { bullmqReader } from "#lib/signals/deadletters/capture/bullmq-reader.ts";
import { lookForOutcomes } from "#lib/signals/deadletters/capture/outcomes.ts";
import { copyId } from "#lib/signals/deadletters/copy.ts";
import { settle } from "#lib/signals/deadletters/transition.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { countsOf } from "./deadletters-failures.ts";
import { capture, captured, captureOf, failJobs, letFail, watch } from "./deadletters-target.ts";
import { type QueueTarget, until, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const KEY = "bull:payments";

/** One failed job whose letter says that we retried it; `state` also for a copy that was moved. */
async function retriedLetter(
  opts: object = {},
  state: "retried" | "moved" = "retried",
): Promise<string> {
  const jobId = `order-${randomUUID()}`;
  await failJobs(target, "payments", [{ name: "x", data: {}, opts: { ...opts, jobId } }]);
  await watch(source, KEY);
  await capture(source);
  await sql.query("UPDATE deadletters_letter SET state = $2, state_at = now() WHERE job_id = $1", [
    jobId,
    state,
  ]);
  if (state === "retried") await (await target.queue("payments").getJob(jobId))?.retry();
  return jobId;
}

async function workOff(): Promise<void> {
  const queue = target.queue("payments");
  const worker = await target.worker("payments", () => Promise.resolve());
  await until(
    () => queue.getJobCounts("waiting", "active"),
    ({ waiting, active }) => waiting === 0 && active === 0,
  );
  await worker.close();
}

const outcomes = async (): Promise<(string | null)[]> =>
  (await captured(source, KEY)).map(({ outcome }) => outcome);

test("a retried job that waits has no outcome yet; once completed it has, also when it is removed with that", async () => {
  await retriedLetter({ removeOnComplete: true });
  await capture(source);
  expect(await outcomes()).toEqual([null]);
  await workOff();
  await capture(source);
  expect(await outcomes()).toEqual(["completed"]);
});

test("a completed job whose event nobody read is found among the completed jobs", async () => {
  await retriedLetter();
  await workOff();
  await target.redis.del(`${KEY}:events`);
  await capture(source);
  expect(await outcomes()).toEqual(["completed"]);
});

test("a retried job that fails again says so, and its new failure is a letter of its own", async () => {
  await retriedLetter();
  await letFail(target, "payments", 1);
  await capture(source);
  const letters = await captured(source, KEY);
  expect(letters.map(({ state, outcome, retries }) => [state, outcome, retries])).toEqual([
    ["retried", "failed_again", 0],
    ["dead", null, 1],
  ]);
});

test("a retried job that was removed by hand ends as unknown, after some patience", async () => {
  const jobId = await retriedLetter();
  await (await target.queue("payments").getJob(jobId))?.remove();
  await capture(source);
  expect(await outcomes()).toEqual([null]);
  const later = async () => (await capture(source), outcomes());
  await expect.poll(later, { timeout: 10_000 }).toEqual(["unknown"]);
});

test("a job that ran long and was removed when it completed did complete, also for who looks before its event is read", async () => {
  await retriedLetter({ removeOnComplete: true });
  await sql.query("UPDATE deadletters_letter SET state_at = now() - interval '1 minute'");
  await workOff();
  const { id } = await captureOf(source, KEY);
  const { nowhere } = await lookForOutcomes(bullmqReader(source.conn), { id, key: KEY }, null);
  expect(nowhere).toHaveLength(1);
  expect(await outcomes()).toEqual([null]);
  await capture(source);
  expect(await outcomes()).toEqual(["completed"]);
});

test.each([
  ["retried", "completed"],
  ["superseded", null],
] as const)(
  "a job completed while its letter is claimed, which then is %s: %s",
  async (state, outcome) => {
    await retriedLetter({ removeOnComplete: true });
    const runId = randomUUID();
    await sql.query(
      "UPDATE deadletters_letter SET state = 'claimed', claimed_from = 'dead', run_id = $1",
      [runId],
    );
    await workOff();
    await capture(source);
    const [letter] = await captured(source, KEY);
    await settle(sql, [letter?.id as bigint], state, { runId });
    expect((await captured(source, KEY))[0]).toMatchObject({ state, outcome });
  },
);

test("a redrive's own open letters are found beside any number of another's", async () => {
  await retriedLetter();
  const { id } = await captureOf(source, KEY);
  await sql.query(
    `INSERT INTO deadletters_letter (queue_id, facet_id, job_id, failed_at, state, message, attempts, redrive_id)
     SELECT queue_id, facet_id, 'other-' || n, now(), 'retried', 'no', 1, $1::uuid
     FROM deadletters_letter, generate_series(1, 5000) n WHERE queue_id = $2`,
    [randomUUID(), id],
  );
  const asked = vi.spyOn(sql, "query");
  const look = { id, key: KEY };
  await lookForOutcomes(bullmqReader(source.conn), look, null, randomUUID());
  const [text, params] = asked.mock.calls[0] as unknown as [string, unknown[]];
  asked.mockRestore();
  const { rows } = await sql.query<{ "QUERY PLAN": string }>(`EXPLAIN (ANALYZE) ${text}`, params);
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).not.toContain("Rows Removed by Filter");
});

test("a retry that the server lost with its last writes leaves the failure dead, as it is there", async () => {
  const jobId = await retriedLetter();
  const score = String((await captured(source, KEY))[0]?.score);
  await target.redis
    .multi()
    .lrem(`${KEY}:wait`, 1, jobId)
    .zadd(`${KEY}:failed`, score, jobId)
    .exec();
  await capture(source);
  expect((await captured(source, KEY))[0]).toMatchObject({ state: "retried", outcome: null });
  await sql.query("UPDATE deadletters_letter SET state_at = now() - interval '1 minute'");
  await capture(source);
  expect((await captured(source, KEY))[0]).toMatchObject({ state: "dead", outcome: "unknown" });
  expect(await countsOf((await captureOf(source, KEY)).id)).toMatchObject({ dead: 1 });
});

test("a moved job's outcome is that of its copy in the other queue", async () => {
  const jobId = await retriedLetter({}, "moved");
  const score = await target.redis.zscore(`${KEY}:failed`, jobId);
  const copy = copyId({ queueKey: KEY, job: jobId, score });
  const runId = randomUUID();
  await sql.query(
    `INSERT INTO action_run (id, name, actor_id, actor_login, idempotency_key, request_hash, source_id, input, reason, state, target)
     VALUES ($1, 'deadletters.move', 'x', 'x', 'key', 'x', $2, '{"target":"bull:other"}', 'x', 'succeeded', 'x')`,
    [runId, source.id],
  );
  await sql.query("UPDATE deadletters_letter SET run_id = $2 WHERE job_id = $1", [jobId, runId]);
  await target.queue("other").add("x", {}, { jobId: copy });
  await capture(source);
  expect(await outcomes()).toEqual([null]);
  await letFail(target, "other", 1);
  await capture(source);
  expect(await outcomes()).toEqual(["failed_again"]);
  expect((await captureOf(source, KEY)).arrived).toBe(1);
});
