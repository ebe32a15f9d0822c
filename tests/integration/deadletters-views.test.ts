import { beforeEach, describe, expect, test } from "vitest";
import { newId } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import { audited } from "#tests/support/acting.ts";
import { failure } from "./deadletters-failures.ts";
import { read, submit } from "./deadletters-reads.ts";
import { MAIN, now, SPARE, withWorld } from "./deadletters-world.ts";
import { person } from "./queues-acting.ts";

withWorld();

const anna = person("oncall");
const viewer = person("viewer");
const MINUTE = 60_000;

async function queue(sourceId: string, key: string): Promise<number> {
  const { rows } = await sql.query<{ id: number }>(
    "INSERT INTO deadletters_queue (source_id, key, captured_at) VALUES ($1, $2, $3) RETURNING id",
    [sourceId, key, now],
  );
  return rows[0]?.id as number;
}

const failed = (jobId: string, agoMinutes: number, more: object = {}) =>
  failure({ jobId, failedAt: now.getTime() - agoMinutes * MINUTE, ...more });

let mails: number;
let orders: number;

beforeEach(async () => {
  await sql.query("TRUNCATE deadletters_queue, deadletters_group, deadletters_view CASCADE");
  mails = await queue(MAIN, "bull:mails");
  orders = await queue(SPARE, "bull:orders");
  await ingest(mails, [
    failed("1", 5, { name: "send", worker: "w-1" }),
    failed("2", 15, { name: "send", data: Buffer.from('{"to":"x","anna@example.com":1}') }),
    failed("3", 100, { name: "send later", state: "lost", score: null, data: null }),
  ]);
  await ingest(orders, [
    failed("4", 20, { name: "charge", stalls: 1, error: "Timeout of 30 ms exceeded" }),
  ]);
});

describe("views", () => {
  const views = async () =>
    (
      await read<{ rows: { id: string; name: string; query: string; createdBy: string }[] }>(
        "views",
        {},
        viewer,
      )
    ).rows;
  const save = (name: string, query = "queue:mails") =>
    submit(anna, "deadletters.saveView", { name, query });

  test("are kept for everybody until somebody removes them", async () => {
    await save("zebra");
    await save("Mails of the night");
    const [first, second] = await views();
    expect(first).toMatchObject({
      name: "Mails of the night",
      query: "queue:mails",
      createdBy: anna.login,
    });
    expect(second?.name).toBe("zebra");
    await submit(anna, "deadletters.removeView", { id: first?.id });
    expect(await views()).toHaveLength(1);
    expect(await audited("deadletters.removeView")).toMatchObject({
      target: "view Mails of the night",
      after: null,
    });
    await expect(submit(anna, "deadletters.removeView", { id: first?.id })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("a name is given once, also to two who ask at the same time", async () => {
    const both = await Promise.allSettled([save("mine", "a"), save("mine", "b")]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(save("mine")).rejects.toMatchObject({ code: "conflict" });
    expect(await audited("deadletters.saveView")).toMatchObject({ outcome: "failed" });
  });

  test("viewers may look, not save or remove", async () => {
    for (const [name, input] of [
      ["deadletters.saveView", { name: "x", query: "" }],
      ["deadletters.removeView", { id: newId() }],
    ] as const)
      await expect(submit(viewer, name, input)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("who may not see payloads is not told what values others looked for", async () => {
    const query = 'queue:mails data.mail:anna@example.com -data:"4711 0815"';
    await submit(anna, "deadletters.saveView", { name: "one", query });
    const seenBy = async (actor: typeof anna) =>
      (await read<{ rows: { query: string }[] }>("views", {}, actor)).rows.map((row) => row.query);
    expect(await seenBy(anna)).toEqual([query]);
    expect(await seenBy(viewer)).toEqual(["queue:mails data.mail:••• -data:•••"]);
  });

  test.each([
    ["more terms than count", `${"is:poison ".repeat(40)}data.mail:anna@example.com`],
    ["a value that a space cut off", "data.mail: anna@example.com"],
    ["a path that is itself one", 'data."anna@example.com":1'],
    ["a word", "bounced anna@example.com"],
  ])("nor when the search holds %s", async (_what, query) => {
    await submit(anna, "deadletters.saveView", { name: "one", query });
    expect(JSON.stringify(await read("views", {}, viewer))).not.toContain("anna@");
    expect(await audited("deadletters.saveView")).not.toMatchObject({
      after: { query: expect.stringContaining("anna@") },
    });
  });

  test("the audit log tells nobody what values of payloads somebody looked for", async () => {
    const query = "queue:mails data.card:4111111111111111";
    const masked = { name: "cards", query: "queue:mails data.card:•••" };
    const { body } = await submit(anna, "deadletters.saveView", { name: "cards", query });
    expect(await audited("deadletters.saveView")).toMatchObject({ after: masked });
    await submit(anna, "deadletters.removeView", body.result as object);
    expect(await audited("deadletters.removeView")).toMatchObject({ before: masked });
  });

  test("submitting twice saves once", async () => {
    const key = newId();
    const input = { name: "twice", query: "" };
    const both = await Promise.all(
      [1, 2].map(() => submit(anna, "deadletters.saveView", input, key)),
    );
    expect(new Set(both.map(({ body }) => body.id)).size).toBe(1);
    expect(await views()).toHaveLength(1);
  });
});

describe("suggestions", () => {
  interface Suggestions {
    from: number;
    to: number;
    items: { text: string; hint: string | null; count: number | null }[];
  }
  const at = (q: string, caret = q.length, who = anna) =>
    read<Suggestions>("suggestions", { q, at: caret }, who);
  const texts = async (q: string, who = anna) =>
    (await at(q, q.length, who)).items.map(({ text }) => text);

  test("an empty place offers the qualifiers, those for payloads to those who may search them", async () => {
    expect(await texts("")).toContain("queue:");
    expect(await texts("")).toContain("data.");
    expect(await texts("", viewer)).not.toContain("data.");
  });

  test("a qualifier offers its values, those with most dead letters first", async () => {
    expect(await at("state:any queue:")).toEqual({
      from: 10,
      to: 16,
      items: [
        { text: "queue:mails", hint: "main~bull:mails", count: 2 },
        { text: "queue:orders", hint: "spare~bull:orders", count: 1 },
      ],
    });
    expect(await texts('name:"send')).toEqual(["name:send", 'name:"send later"']);
    expect(await texts("-state:di")).toEqual(["-state:discarded"]);
    expect(await texts("error:%")).toEqual([]);
    expect(await texts("worker:")).toEqual(["worker:w-1"]);
    expect(await texts("group:timeout")).toEqual([expect.stringMatching(/^group:\d+$/)]);
  });

  test("queues of one name are told apart by their ids", async () => {
    const spare = await queue(SPARE, "bull:mails");
    await ingest(spare, [failed("1", 5)]);
    expect(await texts("queue:mai")).toEqual(["queue:main~bull:mails", "queue:spare~bull:mails"]);
  });

  test("a word offers what it could mean, and the caret in the middle of a term replaces all of it", async () => {
    expect(await texts("time")).toEqual([expect.stringMatching(/^group:\d+$/)]);
    expect(await at("queue:mails is:poison", 8)).toMatchObject({ from: 0, to: 11 });
  });

  test("paths of payloads are offered, never values, nor keys that look personal, nor to viewers", async () => {
    expect(await texts("data.")).toEqual(["data.order:", "data.to:"]);
    expect(await texts("data.or")).toEqual(["data.order:"]);
    expect(await texts("data.", viewer)).toEqual([]);
  });
});

test("captures tell how well each queue's failures are kept", async () => {
  interface Captures {
    rows: {
      queue: { id: string };
      dead: number;
      lost24h: number | null;
      poison: number;
      failedSet: number | null;
    }[];
  }
  await sql.query(
    `INSERT INTO entity (source_id, signal, key, data, observed_at) VALUES ($1, 'deadletters', 'bull:mails', '{"failedSet": 2}', $2)`,
    [MAIN, now],
  );
  await sql.query("UPDATE deadletters_queue SET event_id = '1-0'");
  await sql.query("UPDATE deadletters_queue SET gap_since = $2 WHERE id = $1", [orders, now]);
  const { rows } = await read<Captures>("captures", {}, viewer);
  const captured = { capturedAt: now.toISOString(), reconciledAt: null };
  expect(rows).toEqual([
    {
      ...captured,
      queue: expect.objectContaining({ id: "main~bull:mails" }),
      dead: 2,
      lost24h: 1,
      lostUnseen: false,
      poison: 0,
      failedSet: 2,
      gapSince: null,
    },
    {
      ...captured,
      queue: expect.objectContaining({ id: "spare~bull:orders" }),
      dead: 1,
      // Nobody saw what the queue threw away during the gap.
      lost24h: null,
      lostUnseen: true,
      poison: 1,
      failedSet: null,
      gapSince: now.toISOString(),
    },
  ]);
  const one = await read<Captures>("captures", { queue: "spare~bull:orders" }, viewer);
  expect(one.rows.map(({ queue: { id } }) => id)).toEqual(["spare~bull:orders"]);
});

describe("series", () => {
  interface Series {
    bucketSeconds: number;
    series: { metric: string; points: { at: string; value: number }[] }[];
    note: string | null;
  }
  const series = (params: object) => read<Series>("series", params, viewer);

  test("arrivals by queue, the busiest first, with zeros between", async () => {
    const { bucketSeconds, series: lines, note } = await series({ range: "2h" });
    expect({ bucketSeconds, note }).toEqual({ bucketSeconds: 900, note: null });
    expect(lines.map(({ metric }) => metric)).toEqual(["mails", "orders"]);
    expect(lines[0]?.points.map(({ value }) => value)).toEqual([0, 1, 0, 0, 0, 0, 1, 1]);
    expect(lines[0]?.points[0]?.at).toBe("2026-11-23T10:00:00.000Z");
  });

  test("follow queues, names, groups and words, and say what they cannot follow", async () => {
    expect((await series({ q: "queue:orders" })).series.map(({ metric }) => metric)).toEqual([
      "orders",
    ]);
    expect((await series({ q: "timeout" })).series.map(({ metric }) => metric)).toEqual(["orders"]);
    expect((await series({ q: "attempts:>7 is:poison" })).note).toContain("attempts:, is:");
  });

  test("all but the five busiest queues share a line", async () => {
    for (let at = 0; at < 5; at++)
      await ingest(await queue(MAIN, `bull:more-${at}`), [failed("1", 5)]);
    const { series: lines } = await series({ range: "1h" });
    expect(lines.map(({ metric }) => metric)).toHaveLength(6);
    expect(lines.at(-1)?.metric).toBe("others");
    const sum = lines
      .flatMap(({ points }) => points)
      .reduce((total, { value }) => total + value, 0);
    expect(sum).toBe(8);
  });
});
