import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { sql, transaction } from "#lib/db/sql.ts";
import { save } from "#lib/signals/deadletters/save.ts";
import { measureCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { countsOf } from "./deadletters-failures.ts";
import { capture, captured, captureOf, failJobs, watch } from "./deadletters-target.ts";
import { openTarget, type QueueTarget, onQueueGround } from "./queues-target.ts";

let target: QueueTarget;
let source: OpenSource<"bullmq">;

onQueueGround((fresh) => {
  ({ target, source } = fresh);
});

const KEY = "bull:odd";

/** Writes a failed job as some other tool might have. */
async function put(
  id: string,
  fields: Record<string, string | Buffer>,
  score = "1000",
): Promise<void> {
  await target.redis.hset(`${KEY}:${id}`, {
    name: "x",
    data: "{}",
    failedReason: "no",
    finishedOn: score,
    ...fields,
  });
  await target.redis.zadd(`${KEY}:failed`, score, id);
}

/** The same Redis as somebody who may do everything but this. */
async function openWithout(command: string): Promise<OpenSource<"bullmq">> {
  await target.redis.call("ACL", "SETUSER", "half", "on", ">secret", "~*", "+@all", `-${command}`);
  const url = new URL(target.server.url);
  [url.username, url.password] = ["half", "secret"];
  return openTarget(url.href);
}

/** Small jobs are read at once where the server tells how large a job is. */
test.each([
  ["told", "flushall"],
  ["not told", "memory"],
])("payloads of any kind and size, which is %s, are kept byte by byte", async (_what, command) => {
  const reader = await openWithout(command);
  const payloads: Record<string, Buffer> = {
    large: Buffer.from(JSON.stringify({ text: "x".repeat(5_000_000) })),
    binary: Buffer.from([0, 1, 0xc3, 0x28, 0xff, 0xfe]),
    text: Buffer.from("not JSON \u{1F600}"),
    empty: Buffer.alloc(0),
    deep: Buffer.from(`${"[".repeat(50_000)}${"]".repeat(50_000)}`),
    nul: Buffer.from('{"a":"\\u0000"}\0'),
    digits: Buffer.from('{"id":12345678901234567890123}'),
  };
  for (const [id, data] of Object.entries(payloads)) await put(id, { data });
  await watch(reader, KEY);
  await capture(reader);
  const letters = await captured(reader, KEY);
  await reader.conn.close();
  expect(letters).toHaveLength(Object.keys(payloads).length);
  for (const { job, data, payloadBytes } of letters) {
    expect(data?.equals(payloads[job] as Buffer)).toBe(true);
    expect(payloadBytes).toBe(payloads[job]?.length);
  }
});

test("a payload that is larger than what is fetched is told by its size; the failure is captured", async () => {
  await put("huge", {
    data: Buffer.alloc(9 * 1024 * 1024, "x"),
    stacktrace: Buffer.alloc(2_000_000, "x"),
  });
  await watch(source, KEY);
  await capture(source);
  expect((await captured(source, KEY))[0]).toMatchObject({
    state: "dead",
    data: null,
    payloadHash: null,
    payloadBytes: 9 * 1024 * 1024,
    stacks: null,
    message: "no",
  });
});

test("many large payloads fit through in batches", async () => {
  for (let at = 0; at < 12; at += 1) await put(`big-${at}`, { data: Buffer.alloc(2_000_000, "x") });
  await watch(source, KEY);
  await capture(source);
  expect((await captured(source, KEY)).map(({ payloadBytes }) => payloadBytes)).toEqual(
    Array.from({ length: 12 }, () => 2_000_000),
  );
});

test("ids, names, errors and options of any kind do no harm", async () => {
  const odd = [
    "a b",
    "{tag}",
    "quote'\"\\",
    "<img src=x onerror=1>",
    "ünïcödé-日本",
    "line\nbreak",
    "NULL",
    "-1",
    "%s",
    "€".repeat(800),
  ];
  for (const id of odd)
    await put(id, {
      name: `${id}\0`,
      failedReason: `${id}\0 refused`,
      opts: "{not json\0",
      stacktrace: `["${id}`,
    });
  await put("numbers", {
    atm: "99999999999",
    stc: "-4",
    ats: "x",
    timestamp: "1e99",
    processedOn: "-5",
  });
  await put("emptyish", { failedReason: "", stacktrace: "[]", opts: '{"attempts":1e300}' });
  await watch(source, KEY);
  await capture(source);
  const letters = await captured(source, KEY);
  expect(letters.map(({ job }) => job).toSorted()).toEqual(
    [...odd, "emptyish", "numbers"].toSorted(),
  );
  expect(letters.every(({ state }) => state === "dead")).toBe(true);
});

/** So many characters of three bytes each, which nothing can compress: the longest entry an index may be given. */
const incompressible = (length: number): string =>
  Array.from({ length }, () => String.fromCharCode(0x4e00 + randomInt(20_000))).join("");

test("ids and names of workers that are too long for an index hold nothing up", async () => {
  const long = incompressible(800);
  await put(long, {});
  await put(incompressible(1_000), {});
  await put("long worker", { pb: incompressible(1_000) });
  await watch(source, KEY);
  await capture(source);
  const jobs = (await captured(source, KEY)).map(({ job }) => job);
  expect(jobs.toSorted()).toEqual(["long worker", long].toSorted());
});

test("scores that are no times, ids that cannot be stored, and keys of another type hold nothing up", async () => {
  await put("in far future", {}, "9e15");
  await put("infinite", {}, "+inf");
  await put("before time", {}, "-5");
  await put("fraction", {}, "1732377600000.5");
  await put("nul\0id", {});
  await put("x".repeat(5_000), {});
  await target.redis.set(`${KEY}:a text`, "somebody's");
  await target.redis.zadd(`${KEY}:failed`, 7_000, "a text");
  await put("fine", {}, "8000");
  await watch(source, KEY);
  for (let round = 0; round < 3; round += 1) await capture(source);
  const letters = await captured(source, KEY);
  expect(letters.map(({ job, state }) => [job, state]).toSorted()).toEqual([
    ["a text", "lost"],
    ["before time", "dead"],
    ["fine", "dead"],
    ["fraction", "dead"],
    ["in far future", "dead"],
    ["infinite", "dead"],
  ]);
  const { id, watermark } = await captureOf(source, KEY);
  expect(Number(watermark)).toBeLessThan(Date.now());
  expect(await countsOf(id)).toEqual({ dead: 5, lost: 1 });
});

test("a queue whose scores are all in the far future is captured completely, and then left in peace", async () => {
  const batch = target.redis.pipeline();
  for (let at = 0; at < 4_600; at += 1) {
    batch.hset(`${KEY}:${at}`, { name: "x", data: "{}", failedReason: "no" });
    batch.zadd(`${KEY}:failed`, 1.7e15 + at, String(at));
  }
  await batch.exec();
  await watch(source, KEY);
  await capture(source);
  expect(await countsOf((await captureOf(source, KEY)).id)).toEqual({ dead: 4_600 });
  for (let round = 0; round < 12; round += 1) await capture(source);
  const { cost } = await measureCost(() => capture(source));
  expect(cost.commands).toBeLessThanOrEqual(2);
});

test("events that tell impossible numbers and times hold nothing up", async () => {
  const tell = (id: string, ...fields: string[]) =>
    target.redis.xadd(`${KEY}:events`, id, ...fields);
  const impossible = ["1.5", "3e9", "-1", "many"];
  for (const attempts of impossible) {
    await tell("*", "event", "failed", "jobId", `e${attempts}`, "failedReason", "no");
    await tell(
      "*",
      "event",
      "retries-exhausted",
      "jobId",
      `e${attempts}`,
      "attemptsMade",
      attempts,
    );
  }
  const lastMoment = "18446744073709551614";
  await tell(`${lastMoment}-1`, "event", "failed", "jobId", "late", "failedReason", "no");
  await tell(`${lastMoment}-2`, "event", "completed", "jobId", "done");
  await put("kept", {});
  await watch(source, KEY);
  for (let round = 0; round < 2; round += 1) await capture(source);
  const letters = await captured(source, KEY);
  expect(letters.map(({ job, attempts }) => [job, attempts]).toSorted()).toEqual([
    ["e-1", null],
    ["e1.5", 1],
    ["e3e9", null],
    ["emany", null],
    ["kept", 0],
    ["late", null],
  ]);
});

test("events that cannot be taken in do not keep the failed set from being read", async () => {
  const deaf = await openWithout("zscore");
  await failJobs(target, "odd", [{ name: "x", data: {} }]);
  await watch(deaf, KEY);
  await expect(capture(deaf)).rejects.toThrow("cannot be read");
  expect((await captured(deaf, KEY)).map(({ state }) => state)).toEqual(["dead"]);
  await deaf.conn.close();
});

test("prefixes with colons and braces, and names in any script, are kept apart", async () => {
  const names = [
    ["app:eu:west", "mails"],
    ["{app}", "mails"],
    ["bull", "zahlungen <b>ü</b>"],
  ] as const;
  for (const [prefix, name] of names) {
    const queue = target.queue(name, { prefix });
    await queue.add("x", { of: prefix });
    const worker = await target.worker(name, () => Promise.reject(new Error("no")), { prefix });
    await expect.poll(() => queue.getFailedCount(), { interval: 20 }).toBe(1);
    await worker.close();
  }
  await watch(source, ...names.map(([prefix, name]) => `${prefix}:${name}`));
  await capture(source);
  for (const [prefix, name] of names) {
    const letters = await captured(source, `${prefix}:${name}`);
    expect(letters.map(({ data }) => data?.toString())).toEqual([JSON.stringify({ of: prefix })]);
  }
});

test("a queue that is deleted keeps its letters, which learn that their jobs are gone", async () => {
  await failJobs(target, "odd", [{ name: "x", data: {} }]);
  await watch(source, KEY);
  await capture(source);
  await target.queue("odd").obliterate({ force: true });
  for (let round = 0; round < 3; round += 1) await capture(source);
  await expireWalk();
  for (let round = 0; round < 3; round += 1) await capture(source);
  expect((await captured(source, KEY)).map(({ state, data }) => [state, data?.toString()])).toEqual(
    [["gone", "{}"]],
  );
  // Its entity is taken away by the collection of the queues; then there is nothing that could be late.
  await sql.query("DELETE FROM entity WHERE source_id = $1", [source.id]);
  await transaction((tx) => save({ tx, source, now: new Date() }, []));
  expect(await captureOf(source, KEY)).toMatchObject({ capturedAt: null });
});

test("a failed set that cannot be read changes no letter of its queue, and holds up no other queue", async () => {
  await failJobs(target, "odd", [{ name: "x", data: {} }]);
  await watch(source, KEY);
  await capture(source);
  await failJobs(target, "payments", [{ name: "x", data: {} }]);
  await target.redis.rename(`${KEY}:failed`, "elsewhere");
  await target.redis.set(`${KEY}:failed`, "somebody's text");
  await watch(source, "bull:payments");
  await expireWalk();
  for (let round = 0; round < 4; round += 1) await Promise.allSettled([capture(source)]);
  expect(await captured(source, "bull:payments")).toHaveLength(1);
  expect((await captured(source, KEY)).map(({ state }) => state)).toEqual(["dead"]);
});

test("a user who may not read jobs makes no losses of them; once it may, they are captured", async () => {
  await failJobs(target, "odd", [{ name: "x", data: {} }]);
  const half = await openWithout("hmget");
  await watch(half, KEY);
  for (let round = 0; round < 3; round += 1) await Promise.allSettled([capture(half)]);
  expect(await captured(half, KEY)).toEqual([]);
  await target.redis.call("ACL", "SETUSER", "half", "+hmget");
  await expireWalk();
  await capture(half);
  expect((await captured(half, KEY)).map(({ state }) => state)).toEqual(["dead"]);
  await half.conn.close();
});

async function expireWalk(): Promise<void> {
  await sql.query("UPDATE deadletters_queue SET reconciled_at = NULL, reconcile_cursor = NULL");
}
