import type { Queue } from "bullmq";
import { Queue as Queue5, Worker as Worker5 } from "bullmq5";
import { describe, expect, test } from "vitest";
import { readRun } from "#lib/actions/runs.ts";
import { sha256 } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { keptIn } from "#tests/support/acting.ts";
import {
  addLetter,
  failAll,
  failedLetters,
  storedLetter,
  onLetterGround,
} from "./deadletters-letters.ts";
import { act, auditOf, carryOut, person, submit } from "./queues-acting.ts";
import { type QueueTarget, until } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onLetterGround((fresh) => {
  ({ target, source } = fresh);
});

const queue = "bull:mails";

const failed = (...jobs: { id: string; data?: object; opts?: object }[]) =>
  failedLetters(target, source, jobs);

/** How often a failed job was put back in line: one `waiting` event each. */
async function sentBack(key = queue): Promise<number> {
  const events = await target.redis.xrange(`${key}:events`, "-", "+");
  return events.filter(([, fields]) => fields.includes("waiting") && fields.includes("failed"))
    .length;
}

const retry = (id: string, more: object = {}) => ({
  source,
  name: "deadletters.retry",
  input: { id, ...more },
});

describe("retry", () => {
  test("sends the job back once and says who did it", async () => {
    const { mails, letters } = await failed({ id: "a" });
    const run = await act(retry(letters[0]));
    expect(run).toMatchObject({ state: "succeeded", result: { state: "retried" } });
    expect(await mails.getWaitingCount()).toBe(1);
    expect(await storedLetter(letters[0])).toMatchObject({
      state: "retried",
      acted_by: "admin",
      acted_reason: "a test wants it",
      run_id: run.id,
    });
    expect((await auditOf(run)).map(({ phase }) => phase)).toEqual(["intent", "outcome"]);
  });

  test("ten at once, each meant: one gets it, the others are told who has it", async () => {
    const { letters } = await failed({ id: "a" });
    const runs = await Promise.allSettled(
      Array.from({ length: 10 }, () => submit({ actor: person("oncall"), ...retry(letters[0]) })),
    );
    const got = runs.flatMap((run) => (run.status === "fulfilled" ? [run.value] : []));
    expect(got).toHaveLength(1);
    for (const run of runs.filter(({ status }) => status === "rejected")) {
      expect(run).toMatchObject({
        reason: {
          code: "conflict",
          options: { detail: "It is being retried by oncall right now." },
        },
      });
    }
    await Promise.all(got.flatMap((run) => [carryOut(run, source), carryOut(run, source)]));
    expect(await sentBack()).toBe(1);
  });

  test("is refused for a role without it, and nothing is claimed", async () => {
    const { letters } = await failed({ id: "a" });
    const refused = submit({ actor: person("viewer"), ...retry(letters[0]) });
    await expect(refused).rejects.toMatchObject({ code: "forbidden" });
    expect(await storedLetter(letters[0])).toMatchObject({ state: "dead", run_id: null });
  });

  test("another tool was faster: told as superseded, not an error, and nothing is sent", async () => {
    const { mails, letters } = await failed({ id: "a" });
    const run = await submit(retry(letters[0]));
    await (await mails.getJob("a"))?.retry("failed");
    expect(await carryOut(run, source)).toMatchObject({
      state: "succeeded",
      result: { state: "superseded" },
    });
    expect(await sentBack()).toBe(1);
    expect(await storedLetter(letters[0])).toMatchObject({ state: "superseded" });
  });

  test("it has failed again since: the older failure is superseded, the newer one is left alone", async () => {
    const { mails, letters } = await failed({ id: "a" });
    await (await mails.getJob("a"))?.retry("failed");
    await failAll(target, mails, 1);
    expect(await act(retry(letters[0]))).toMatchObject({ result: { state: "superseded" } });
    expect(await mails.getFailedCount()).toBe(1);
  });

  test.each([
    ["the job was removed", async (mails: Queue) => (await mails.getJob("a"))?.remove()],
    ["the whole queue was deleted", (mails: Queue) => mails.obliterate({ force: true })],
    ["the server was emptied", () => target.redis.flushall()],
  ])("%s: gone", async (_what, remove) => {
    const { mails, letters } = await failed({ id: "a" });
    await remove(mails);
    expect(await act(retry(letters[0]))).toMatchObject({ result: { state: "gone" } });
    expect(await storedLetter(letters[0])).toMatchObject({ state: "gone" });
  });

  test("one more attempt, or all of them again", async () => {
    const opts = { attempts: 3, backoff: { type: "fixed", delay: 1 } };
    const { letters } = await failed({ id: "one", opts }, { id: "all", opts });
    await act(retry(letters[0]));
    await act(retry(letters[1] as string, { resetAttempts: true }));
    expect(await target.redis.hget(`${queue}:one`, "atm")).toBe("3");
    expect(await target.redis.hget(`${queue}:all`, "atm")).toBeNull();
  });

  test("keeps priority and order", async () => {
    const { mails, letters } = await failed(
      { id: "urgent", opts: { priority: 3 } },
      { id: "last-in", opts: { lifo: true } },
      { id: "plain" },
    );
    for (const id of [letters[0], letters[2] as string, letters[1] as string]) await act(retry(id));
    expect((await mails.getPrioritized()).map(({ id }) => id)).toEqual(["urgent"]);
    expect(await target.redis.lrange(`${queue}:wait`, 0, -1)).toEqual(["plain", "last-in"]);
  });

  test("when nothing could be done the letter is dead again", async () => {
    const { letters } = await failed({ id: "a" });
    const run = await submit(retry(letters[0]));
    await target.redis.hset(`${queue}:meta`, "version", "bullmq:3.1.0");
    expect(await carryOut(run, source)).toMatchObject({
      state: "failed",
      error: { code: "precondition_failed" },
    });
    expect(await storedLetter(letters[0])).toMatchObject({
      state: "dead",
      run_id: null,
      claimed_from: null,
    });
  });

  test("a paused queue of version 5 gets the job where resuming finds it", async () => {
    const mails = target.opened(new Queue5("mails", { connection: target.redis }));
    await mails.add("send", {}, { jobId: "bad" });
    const worker = new Worker5("mails", () => Promise.reject(new Error("no")), {
      connection: { url: target.server.url, maxRetriesPerRequest: null },
    });
    await until(
      () => mails.getFailedCount(),
      (count) => count === 1,
    );
    await worker.close();
    await mails.pause();
    const id = await addLetter(target, source, { queue, job: "bad" });
    expect(await act(retry(id))).toMatchObject({ result: { state: "retried" } });
    expect(await target.redis.lrange(`${queue}:paused`, 0, -1)).toEqual(["bad"]);
  });
});

describe("edit and retry", () => {
  const LARGE = '{"user":{"id":9007199254740993},"note":"<b>\\u0000é"}';

  async function largeLetter() {
    const { mails, letters } = await failed({ id: "a" });
    await target.redis.hset(`${queue}:a`, "data", LARGE);
    await sql.query("DELETE FROM deadletters_letter WHERE id = $1", [letters[0]]);
    return { mails, id: await addLetter(target, source, { queue, job: "a" }) };
  }
  const edit = (id: string, data: string, from = sha256(LARGE)) =>
    submit({ source, name: "deadletters.edit", input: { id, data, from } });

  test("numbers of any length survive, and the original is kept", async () => {
    const { id } = await largeLetter();
    const data = LARGE.replace("0993", "0995");
    await edit(id, data);
    await act(retry(id, { edit: sha256(data) }));
    expect(await target.redis.hget(`${queue}:a`, "data")).toBe(data);
    const { rows } = await sql.query<{ data: Buffer }>(
      "SELECT data FROM deadletters_content WHERE letter_id = $1",
      [id],
    );
    expect(rows[0]?.data.toString()).toBe(LARGE);
  });

  test("the payload is in no run and no audit event", async () => {
    const { id } = await largeLetter();
    await edit(id, '{"card":"a secret of the shop"}');
    const { rows } = await sql.query(
      `SELECT 1 FROM action_run r WHERE r::text LIKE '%secret of the shop%'
       UNION ALL SELECT 1 FROM audit_event a WHERE a::text LIKE '%secret of the shop%'`,
    );
    expect(rows).toEqual([]);
  });

  test("its hash is told to whoever made it, once, and kept nowhere that others read", async () => {
    const { id } = await largeLetter();
    const data = '{"card":"4111111111111111"}';
    const run = await edit(id, data);
    expect(run).toMatchObject({ result: {}, once: { edit: sha256(data) } });
    expect(JSON.stringify(await readRun(person("finance"), run.id))).not.toContain(sha256(data));
    expect(await keptIn(sha256(data))).toEqual([]);
  });

  test("the application changed the payload meanwhile: nothing is sent and nothing is lost", async () => {
    const { id } = await largeLetter();
    await edit(id, "{}");
    const run = await submit(retry(id, { edit: sha256("{}") }));
    await target.redis.hset(`${queue}:a`, "data", '{"theirs":1}');
    expect(await carryOut(run, source)).toMatchObject({ error: { code: "conflict" } });
    expect(await target.redis.hget(`${queue}:a`, "data")).toBe('{"theirs":1}');
    expect(await sentBack()).toBe(0);
    expect(await storedLetter(id)).toMatchObject({ state: "dead" });
  });

  test("nobody retries with a payload they were not shown", async () => {
    const { id } = await largeLetter();
    await edit(id, "{}");
    await expect(submit(retry(id))).rejects.toMatchObject({ code: "conflict" });
    await edit(id, '{"other":1}');
    await expect(submit(retry(id, { edit: sha256("{}") }))).rejects.toMatchObject({
      code: "conflict",
    });
    await submit({ source, name: "deadletters.revert", input: { id } });
    expect(await act(retry(id))).toMatchObject({ result: { state: "retried" } });
    expect(await target.redis.hget(`${queue}:a`, "data")).toBe(LARGE);
  });

  test("what is not JSON, not a change, or made from another payload is refused", async () => {
    const { id } = await largeLetter();
    await expect(edit(id, "{oops")).rejects.toMatchObject({ code: "validation_failed" });
    await expect(edit(id, LARGE)).rejects.toMatchObject({ code: "validation_failed" });
    await expect(edit(id, "{}", sha256("another"))).rejects.toMatchObject({ code: "conflict" });
  });
});
