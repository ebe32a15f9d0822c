import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Actor, systemActor } from "#lib/auth/actor.ts";
import { sql } from "#lib/db/sql.ts";
import type { GroupRow, LetterRow, Selection } from "#lib/signals/deadletters/schema.ts";
import type { Position } from "#lib/signals/deadletters/search/cursor.ts";
import { parseQuery } from "#lib/signals/deadletters/search/grammar.ts";
import { type Effort, findPage } from "#lib/signals/deadletters/search/page.ts";
import { prepare } from "#lib/signals/deadletters/search/prepare.ts";
import { frozenSelection } from "#lib/signals/deadletters/search/select.ts";
import { deadletters } from "#lib/signals/deadletters/signal.ts";
import { LETTER_STATES } from "#lib/signals/deadletters/states.ts";
import { matches } from "./deadletters-search-model.ts";
import {
  CALLERS,
  ERRORS,
  type Happened,
  now,
  QUEUES,
  store,
  withWorld,
} from "./deadletters-world.ts";

const LETTERS = 300;
const HOUR = 3_600_000;

withWorld();

const context = { actor: systemActor("test"), now };
const viewer: Actor = { ...context.actor, id: "user:v", login: "v", roles: ["viewer"] };

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const happened: fc.Arbitrary<Omit<Happened, "job">> = fc.record({
  queue: fc.nat(QUEUES.length - 1),
  error: fc.nat(ERRORS.length - 1),
  caller: fc.nat(CALLERS.length - 1),
  value: oneOf(
    "ord_17",
    "ord_170",
    "cus_9",
    "10.0.0.7:5432",
    "10.0.0.70",
    "30000",
    "42",
    "100%_x1",
  ),
  name: oneOf("send", "send later", "charge"),
  worker: oneOf(null, "w-1", "w-2"),
  attempts: fc.integer({ min: 1, max: 6 }),
  stalls: oneOf(0, 0, 0, 1),
  // Several in the same minute, some in the same millisecond.
  failedAt: fc.nat(60).map((hours) => now.getTime() - hours * HOUR - (hours % 3)),
  data: fc.record({
    user: fc.record({ id: fc.nat(4) }),
    currency: oneOf("EUR", "USD"),
    items: fc.array(fc.record({ sku: oneOf("A1", "B 2") }), { maxLength: 2 }),
  }),
  state: fc.oneof(
    { weight: 3, arbitrary: oneOf("dead" as const) },
    { weight: 1, arbitrary: oneOf(...LETTER_STATES) },
  ),
  retries: oneOf(0, 0, 0, 1),
  edited: oneOf(false, false, false, false, true),
});

const all: Happened[] = fc
  .sample(happened, { numRuns: LETTERS, seed: 7 })
  .map((one, at) => ({ ...one, job: `j${at}` }));
let ids: bigint[] = [];

beforeAll(async () => {
  ids = await store(all);
});

const term = oneOf(
  "timeout",
  "ORDER",
  "ord_17",
  "17",
  "or",
  "42",
  "4",
  "%",
  "_",
  "10.0.0.7",
  "10.0",
  "<id>",
  "exceeded",
  "orders.ts:12",
  "settle.ts",
  '"at refund (/app/src/refund.ts:31"',
  "Node_modules",
  "pg/lib",
  '"order ord_17 was"',
  '"timeout of 30000"',
  '"of undefined (reading"',
  '"refused 10.0.0.7:5432"',
  "'plan'",
  "absent",
  "queue:mails",
  "queue:bull:mails",
  "queue:main~bull:mails",
  "queue:*eu*",
  "queue:none",
  'queue:"*"',
  "name:send",
  "name:send*",
  'name:"send later"',
  "error:typeerror",
  "error:T*",
  "reason:timeout",
  ...LETTER_STATES.map((state) => `state:${state}`),
  "state:any",
  "attempts:>3",
  "attempts:2..4",
  "attempts:1",
  "is:poison",
  "is:refailed",
  "is:edited",
  "failed:<10h",
  "failed:>30h",
  "failed:2026-11-22",
  "failed:2026-11-21..30h",
  "job:j7",
  "job:j11",
  "job:none",
  "worker:w-1",
  "worker:w*",
  "worker:none",
  "data.user.id:3",
  "data:3",
  "data.currency:EUR",
  "data:EUR",
  'data.items.sku:"B 2"',
  "data.user:3",
);
const negatable = fc.tuple(oneOf("", "", "-"), term).map((parts) => parts.join(""));
const query = fc.array(negatable, { maxLength: 4 }).map((terms) => terms.join(" "));
const reasonless = query.filter((q) => !q.includes("reason:"));

/** Ids that a search should find, in order. */
function expected(q: string, dir: "asc" | "desc"): bigint[] {
  const { terms } = parseQuery(q);
  const found = all.flatMap((letter, at) =>
    matches(letter, terms) ? [{ at: letter.failedAt, id: ids[at] as bigint }] : [],
  );
  const sorted = found.toSorted((a, b) => a.at - b.at || Number(a.id - b.id));
  const inOrder = dir === "asc" ? sorted : sorted.toReversed();
  return inOrder.map(({ id }) => id);
}

/** Ways to search that a database of this size would never take by itself. */
const efforts: readonly Effort[] = [
  { firstLook: 3_000, longLook: 20_000, indexMs: 5_000, fewFacets: 40, fewLetters: 5_000 },
  { firstLook: 20, longLook: 50, indexMs: 5_000, fewFacets: 0, fewLetters: 0 },
  { firstLook: 7, longLook: 11, indexMs: 1, fewFacets: 2, fewLetters: 0 },
];

test("finds what a plain filter finds, whatever the query, the order, the page size and the way taken", async () => {
  await fc.assert(
    fc.asyncProperty(
      reasonless,
      oneOf("asc" as const, "desc" as const),
      fc.integer({ min: 12, max: 70 }),
      oneOf(...efforts),
      async (q, dir, limit, effort) => {
        const wanted = expected(q, dir);
        const prepared = await prepare(sql, q, context);
        const found: bigint[] = [];
        let after: Position | null = null;
        do {
          const page = await findPage(prepared, { dir, limit, after }, effort);
          expect(page.found.length).toBeLessThanOrEqual(limit);
          expect([null, wanted.length]).toContain(page.total);
          found.push(...page.found.map(({ id }) => id));
          after = page.next;
        } while (after);
        expect(found).toEqual(wanted);
      },
    ),
    { numRuns: 90 },
  );
});

interface List {
  rows: LetterRow[];
  nextCursor: string | null;
  total: number | null;
  complaints: { from: number; to: number; message: string }[];
  note: string | null;
}

async function listed(params: object, actor: Actor = context.actor): Promise<List> {
  const { list } = deadletters.read;
  const { data } = await list.run({ actor, now }, list.params.parse(params));
  return list.data.parse(data) as List;
}

test("a row tells what lists show", async () => {
  const at = all.findIndex(({ state }) => state === "dead");
  const one = all[at] as Happened;
  const { rows, total, complaints, note } = await listed({ q: `job:${one.job}` });
  expect({ total, complaints, note }).toEqual({ total: 1, complaints: [], note: null });
  const { source, key } = QUEUES[one.queue] as (typeof QUEUES)[number];
  expect(rows).toEqual([
    expect.objectContaining({
      id: String(ids[at]),
      job: one.job,
      name: one.name,
      state: "dead",
      errorClass: ERRORS[one.error]?.class,
      failedAt: new Date(one.failedAt).toISOString(),
      attempts: one.attempts,
      edited: one.edited,
      queue: expect.objectContaining({ source, key, id: `${source}~${key}` }),
    }),
  ]);
});

test("what is wrong with a search is said; the rest of it works", async () => {
  const { total, complaints } = await listed({ q: "queue:mails state:broken" });
  expect(total).toBe(expected("queue:mails", "desc").length);
  expect(complaints).toEqual([{ from: 12, to: 24, message: expect.stringContaining("dead") }]);
});

test("who may not see payloads learns nothing about them by searching", async () => {
  const open = await listed({ q: "data.currency:EUR" });
  expect(open.complaints).toEqual([]);
  expect(open.total).toBe(expected("data.currency:EUR", "desc").length);
  const [of, none] = [
    await listed({ q: "data.currency:EUR" }, viewer),
    await listed({ q: "data.currency:XYZ" }, viewer),
  ];
  expect(of.total).toBe(expected("", "desc").length);
  expect(none).toEqual({ ...of, complaints: [expect.objectContaining({ from: 0, to: 17 })] });
  expect(of.complaints[0]?.message).toContain("deadletters.reveal");
});

test.each([
  "rubbish",
  Buffer.from("[1,2]").toString("base64url"),
  Buffer.from('["a","1"]').toString("base64url"),
])("%s is no cursor", async (cursor) => {
  await expect(listed({ cursor })).rejects.toMatchObject({ code: "bad_request" });
});

async function allGroups(q: string, limit: number): Promise<GroupRow[]> {
  const { groups } = deadletters.reads ?? {};
  const rows: GroupRow[] = [];
  let cursor: string | null = null;
  do {
    const input: unknown = groups?.params.parse({
      q,
      limit,
      sort: "last_seen",
      ...(cursor !== null && { cursor }),
    });
    const { data } = (await groups?.run(context, input)) ?? {};
    const page = groups?.data.parse(data) as {
      rows: GroupRow[];
      nextCursor: string | null;
      total: number;
    };
    rows.push(...page.rows);
    cursor = page.nextCursor;
    expect(page.total).toBeGreaterThanOrEqual(rows.length);
  } while (cursor !== null);
  return rows;
}

async function dryRun(q: string): Promise<Selection> {
  const { selection } = deadletters.reads ?? {};
  const { data } = (await selection?.run(context, selection.params.parse({ q }))) ?? {};
  return selection?.data.parse(data) as Selection;
}

test("groups and the dry run count what the list finds", async () => {
  await fc.assert(
    fc.asyncProperty(reasonless, fc.integer({ min: 1, max: 5 }), async (q, limit) => {
      const dead = new Set(expected(`${q} `, "asc"));
      const isDead = (id: bigint): boolean => all[ids.indexOf(id)]?.state === "dead";
      const wanted = [...dead].filter(isDead);
      const rows = await allGroups(q, limit);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
      expect(rows.reduce((sum, row) => sum + row.dead, 0)).toBe(wanted.length);
      const found = await dryRun(q);
      expect(found.total).toBe(wanted.length);
      expect(found.queues.reduce((sum, { count }) => sum + count, 0)).toBe(wanted.length);
      expect(found.groups.reduce((sum, { count }) => sum + count, 0)).toBe(wanted.length);
      expect(found.sample.map(({ id }) => BigInt(id))).toEqual(wanted.slice(0, 10));
    }),
    { numRuns: 30 },
  );
});

describe("what an action is given", () => {
  const frozen = async (q: string, upTo: string, at = now) => {
    const { text, params } = await frozenSelection(sql, { q, upTo, actor: context.actor, now: at });
    const { rows } = await sql.query<{ id: bigint }>(`SELECT id FROM (${text}) chosen`, params);
    return rows.map(({ id }) => id);
  };

  test("is what the dry run counted, also a while later, and nothing that came since", async () => {
    const q = "queue:mails failed:<20h";
    const { query: fixed, upTo, total } = await dryRun(q);
    expect(fixed).toBe("queue:mails failed:2026-11-22T16:00:00Z..");
    const later = new Date(now.getTime() + 10 * HOUR);
    const found = await frozen(fixed, upTo, later);
    expect(found).toEqual(expected(q, "asc"));
    expect(found).toHaveLength(total);
    const middle = ids.toSorted((a, b) => Number(a - b))[LETTERS / 2] as bigint;
    const before = expected(q, "asc").filter((id) => id <= middle);
    expect(await frozen(fixed, String(middle), later)).toEqual(before);
  });

  test("is nothing for a search of letters that are not dead", async () => {
    expect(await frozen("state:discarded", "999999999")).toEqual([]);
  });

  test.each(["queue:mails colour:red", 'queue:"mails', "attempts:many"])(
    "is refused for %s: it would cover other letters than were meant",
    async (q) => {
      await expect(frozen(q, "1")).rejects.toMatchObject({ code: "validation_failed" });
    },
  );
});
