import { beforeEach, describe, expect, test } from "vitest";
import { sql } from "#lib/db/sql.ts";
import type { Failure } from "#lib/signals/deadletters/capture/failure.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import { failure } from "./deadletters-failures.ts";
import { read } from "./deadletters-reads.ts";
import { MAIN, now, withWorld } from "./deadletters-world.ts";
import { person } from "./queues-acting.ts";

withWorld();

const anna = person("oncall");
let queueId: number;

beforeEach(async () => {
  await sql.query("TRUNCATE deadletters_queue, deadletters_group, deadletters_trace CASCADE");
  const { rows } = await sql.query<{ id: number }>(
    "INSERT INTO deadletters_queue (source_id, key, captured_at) VALUES ($1, 'bull:mails', $2) RETURNING id",
    [MAIN, now],
  );
  queueId = rows[0]?.id as number;
});

const fail = (jobId: string, more: Partial<Failure> = {}): Promise<unknown> =>
  ingest(queueId, [failure({ jobId, failedAt: now.getTime() - 60_000, ...more })]);

/** The jobs that the list finds; an action on the same search must cover these and no others. */
async function found(q: string): Promise<string[]> {
  const { rows } = await read<{ rows: { job: string }[] }>("list", { q }, anna);
  const jobs = rows.map(({ job }) => job).toSorted();
  const { sample } = await read<Selection>("selection", { q }, anna);
  expect(sample.map(({ job }) => job).toSorted()).toEqual(jobs);
  return jobs;
}

describe("words", () => {
  test("of one stack find no other failure of its group", async () => {
    const via = (caller: string) => ({
      error: "no answer",
      stacks: `["Error: no answer\\n    at query (/app/src/db.ts:1:2)\\n    at ${caller} (/app/src/${caller}.ts:3:4)"]`,
    });
    await fail("settled", via("settle"));
    await fail("refunded", via("refund"));
    const { total } = await read<{ total: number }>("groups", { q: "" }, anna);
    expect(total).toBe(1);
    expect(await found("settle.ts")).toEqual(["settled"]);
    expect(await found("refund.ts:3")).toEqual(["refunded"]);
    expect(await found("-settle.ts")).toEqual(["refunded"]);
    expect(await found("db.ts")).toEqual(["refunded", "settled"]);
  });

  const long = `${"the bank said no and ".repeat(40)}because of limits`;

  test("far back in a message are found, with and without the values beside them", async () => {
    await fail("long", { error: `${long} of order 4711 today` });
    await fail("short", { error: "the bank said no" });
    expect(await found('"because of limits"')).toEqual(["long"]);
    expect(await found('"limits of order 4711 today"')).toEqual(["long"]);
    expect(await found('"limits of order 4712 today"')).toEqual([]);
    expect(await found('-"because of limits"')).toEqual(["short"]);
  });

  test("that stand where a message or a stack was cut are not found; what excludes them leaves such letters out", async () => {
    const stackOf = (frames: number): string =>
      `Error: no\n${"    at charge (/app/src/a.ts:1:2)\n".repeat(frames)}    at hidden (/app/src/hidden.ts:1:1)`;
    await fail("stack", { stacks: JSON.stringify([stackOf(400)]) });
    await fail("message", { error: `${"no answer ".repeat(500)} hidden` });
    await fail("whole", { error: "no answer", stacks: JSON.stringify([stackOf(3)]) });
    await fail("other", { error: "no answer" });
    expect(await found("hidden")).toEqual(["whole"]);
    expect(await found("-hidden")).toEqual(["other"]);
  });

  test("beside what is masked are found", async () => {
    await fail("masked", { error: 'mail "to anna@example.com bounced"' });
    expect(await found("bounced")).toEqual(["masked"]);
    expect(await found("-bounced")).toEqual([]);
    expect(await found("anna@example.com")).toEqual([]);
  });

  test("in letters from before their stacks were kept are not known", async () => {
    await fail("before");
    await fail("after");
    await sql.query("UPDATE deadletters_letter SET trace_id = NULL WHERE job_id = 'before'");
    expect(await found("a.ts:1")).toEqual(["after"]);
    expect(await found("-absent")).toEqual(["after"]);
  });
});

describe("values of payloads", () => {
  const wide = (leaves: number): Buffer =>
    Buffer.from(
      JSON.stringify({ ...Array.from({ length: leaves - 1 }, (_, at) => at), test: true }),
    );
  const cutNote = expect.stringContaining("first 200 values");
  const noteOf = async (read_: "list" | "selection", q: string): Promise<string | null> =>
    (await read<{ note: string | null }>(read_, { q }, anna)).note;

  test("that were not looked at exclude their letter, and it is said that there are such", async () => {
    await fail("real", { data: Buffer.from('{"test":false}') });
    await fail("last", { data: wide(200) });
    expect(await found("-data.test:true")).toEqual(["real"]);
    expect(await found("data.test:true")).toEqual(["last"]);
    expect(await noteOf("list", "data.test:true")).toBeNull();
    await fail("one more", { data: wide(201) });
    await fail("half", { data: Buffer.from('{"a":1,') });
    await fail("too large", { data: null, dataBytes: 9_000_000 });
    expect(await found("-data.test:true")).toEqual(["real"]);
    expect(await found("data.test:true")).toEqual(["last"]);
    for (const kind of ["list", "selection"] as const) {
      expect(await noteOf(kind, "data.test:true")).toEqual(cutNote);
      expect(await noteOf(kind, "-data.test:true")).toEqual(cutNote);
      expect(await noteOf(kind, "queue:mails")).toBeNull();
    }
  });

  test("exclude nothing where there is nothing to look at", async () => {
    await fail("empty", { data: Buffer.alloc(0) });
    await fail("lost", { state: "lost", score: null, data: null, dataBytes: null });
    const { rows } = await read<{ rows: { job: string }[] }>(
      "list",
      { q: "state:any -data.test:true" },
      anna,
    );
    expect(rows.map(({ job }) => job).toSorted()).toEqual(["empty", "lost"]);
  });
});
