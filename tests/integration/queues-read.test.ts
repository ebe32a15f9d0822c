import fc from "fast-check";
import { expect, test } from "vitest";
import { systemActor } from "#lib/auth/actor.ts";
import { HOUR } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { NO_ATTEMPTS } from "#lib/signals/queues/retries/arithmetic.ts";
import type { Retries } from "#lib/signals/queues/retries/judge.ts";
import type { QueueDetail, QueueRow, Service } from "#lib/signals/queues/schema.ts";
import { SORTS } from "#lib/signals/queues/schema.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import { MAIN, now, quiet, SPARE, store, withSources } from "./queues-stored.ts";

const context = { actor: systemActor("test"), now };

withSources();

async function listAll(params: Record<string, unknown>): Promise<QueueRow[]> {
  const rows: QueueRow[] = [];
  let cursor: string | null | undefined;
  do {
    const input = queues.read.list.params.parse({ ...params, ...(cursor && { cursor }) });
    const { data } = await queues.read.list.run(context, input);
    const page = queues.read.list.data.parse(data) as {
      rows: QueueRow[];
      nextCursor: string | null;
    };
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor);
  return rows;
}

const value = fc.option(fc.integer({ min: 0, max: 5 }), { nil: null });
const anyQueue = fc.record({
  backlog: value,
  workers: value,
  ratio: fc.option(fc.constantFrom(0, 0.25, 0.5), { nil: null }),
});

test("any order and page size shows each queue once, in order, unknown values last", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyQueue, { maxLength: 12 }),
      fc.constantFrom(...SORTS),
      fc.constantFrom("asc", "desc"),
      fc.integer({ min: 1, max: 5 }),
      async (all, sort, dir, limit) => {
        await sql.query("DELETE FROM entity");
        for (const [at, { backlog, workers, ratio }] of all.entries()) {
          const finished = { ...quiet.finished, failureRatio: ratio };
          const source = at % 2 ? MAIN.id : SPARE.id;
          await store({ name: `q${at}`, backlog, workers, finished }, source);
        }
        const rows = await listAll({ sort, dir, limit });
        expect(new Set(rows.map((row) => row.id)).size).toBe(all.length);
        const shown = { backlog: "backlog", workers: "workers" }[sort as string];
        if (!shown) return;
        const values = rows.map((row) => row[shown as "backlog" | "workers"]);
        const known = values.filter((each) => each !== null);
        expect(values.slice(0, known.length)).toEqual(
          known.toSorted((a, b) => (dir === "asc" ? a - b : b - a)),
        );
      },
    ),
    { numRuns: 40 },
  );
});

const names = async (params: object): Promise<string[]> =>
  (await listAll({ sort: "name", dir: "asc", ...params })).map((row) => row.name);

const calm: Retries = {
  attempts: NO_ATTEMPTS,
  amplification: null,
  expected: null,
  failing: null,
  budget: {
    fiveMinutes: { used: null, attempts: NO_ATTEMPTS },
    hour: { used: null, attempts: NO_ATTEMPTS },
  },
  errors: [],
  storm: null,
};

test("filters by text, source and trouble", async () => {
  const storm = { repeats: 0.8, success: 0, error: "no", errorShare: 1 };
  const burn = { used: 1.2, attempts: NO_ATTEMPTS };
  await store({
    name: "stormy",
    retries: { ...calm, storm: { ...storm, since: now.toISOString() } },
  });
  await store({ name: "burning", retries: { ...calm, budget: { ...calm.budget, hour: burn } } });
  await store({ name: "calm", retries: calm });
  await store({ name: "mails", unattended: true });
  await store({ name: "late-mails", oldestWaitingSeconds: { value: 61, estimated: false } });
  await store({
    name: "few",
    finished: { ...quiet.finished, completed: 2, failed: 2, failureRatio: 0.5 },
  });
  await store({
    name: "bad",
    finished: { ...quiet.finished, completed: 18, failed: 2, failureRatio: 0.1 },
  });
  await store({ name: "still", paused: true }, SPARE.id);
  expect(await names({ q: "MAIL" })).toEqual(["late-mails", "mails"]);
  expect(await names({ q: "%" })).toEqual([]);
  expect(await names({ source: "spare" })).toEqual(["still"]);
  expect(await names({ flag: "unattended" })).toEqual(["mails"]);
  expect(await names({ flag: "late" })).toEqual(["late-mails"]);
  expect(await names({ flag: "failing" })).toEqual(["bad"]);
  expect(await names({ flag: "paused" })).toEqual(["still"]);
  expect(await names({ flag: "storm" })).toEqual(["stormy"]);
  expect(await names({ flag: "retrying" })).toEqual(["burning"]);
});

test("a cursor of another order is refused", async () => {
  await store({ name: "a" });
  await store({ name: "b" });
  const input = queues.read.list.params.parse({ sort: "name", limit: 1 });
  const { data } = await queues.read.list.run(context, input);
  const { nextCursor: cursor } = data as { nextCursor: string };
  for (const wrong of [cursor, "rubbish"]) {
    const next = queues.read.list.params.parse({ sort: "backlog", limit: 1, cursor: wrong });
    await expect(queues.read.list.run(context, next)).rejects.toMatchObject({
      code: "bad_request",
    });
  }
});

test("one queue tells what it discards, and an unknown one is not found", async () => {
  const sampled = { names: ["send"], looks: 3, of: 4 };
  const finding = {
    id: "discards_failures",
    severity: "risk",
    seen: "removeOnFail",
    sampled,
  } as const;
  await store({ findings: [finding] });
  const { data, quality } = (await queues.read.get?.run(context, "main~bull:mails", {})) ?? {};
  expect(data as QueueDetail).toMatchObject({ findings: [finding], name: "mails" });
  expect(JSON.stringify(data)).not.toContain("cursor");
  expect(quality).toBe("exact");
  for (const id of ["main~bull:nothing", "nowhere~bull:mails", "rubbish", "~", "main~"]) {
    await expect(queues.read.get?.run(context, id, {})).rejects.toMatchObject({
      code: "not_found",
    });
  }
});

test("a source that cannot be read makes the list stale and says since when", async () => {
  await store({});
  await sql.query(
    "UPDATE collection SET blind_since = $2, message = 'The server did not answer in time.' WHERE source_id = $1",
    [MAIN.id, now],
  );
  const { quality, reason } = await queues.read.list.run(
    context,
    queues.read.list.params.parse({}),
  );
  expect(quality).toBe("stale");
  expect(reason).toBe("main: blind since 2026-11-23 12:00 UTC. The server did not answer in time.");
  const other = queues.read.list.params.parse({ source: "spare" });
  expect((await queues.read.list.run(context, other)).quality).toBe("exact");
});

test("services add up the queues of their sources, each by its own number of jobs", async () => {
  const minute = (key: string, source: string, asked: number, first: number, again: number) =>
    sql.query(
      `INSERT INTO queues_minute (source_id, key, at, asked, first, again, completed, failed, retries, stalls, network, lost, waits, runs, errors)
       VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $6, 0, 0, 0, '{}', '{}', '{}')`,
      [source, key, new Date(now.getTime() - 60_000), asked, first, again],
    );
  await minute("bull:storming", MAIN.id, 30, 30, 60);
  await minute("bull:draining", SPARE.id, 0, 70, 0);
  const services = async () => {
    const input = queues.read.list.params.parse({});
    return ((await queues.read.list.run(context, input)).data as { services: Service[] }).services;
  };
  expect(await services()).toEqual([
    { service: "main", queues: 1, attempts: 90, jobs: 30, retries: 60, amplification: 3 },
    { service: "spare", queues: 1, attempts: 70, jobs: 70, retries: 0, amplification: 1 },
  ]);
  await sql.query('UPDATE source SET labels = \'{"service": "shop"}\'');
  expect(await services()).toEqual([
    { service: "shop", queues: 2, attempts: 160, jobs: 100, retries: 60, amplification: 1.6 },
  ]);
});

test("a queue's page tells what is wrong with its failures, too", async () => {
  await store({ name: "analytics" });
  const title = "analytics discards failures: 12 lost in 24 h";
  await sql.query(
    `INSERT INTO problem (key, source_id, signal, type, entity, severity, title, href, since, last_seen)
     VALUES ('k', $1, 'deadletters', 'dlq_losses', 'bull:analytics', 'warning', $2, '/dead-letters', $3, $3)`,
    [MAIN.id, title, now],
  );
  const found = await queues.read.get?.run(context, "main~bull:analytics", {});
  const queue = queues.read.get?.data.parse(found?.data) as QueueDetail;
  expect(queue.problems).toMatchObject([{ type: "dlq_losses", title, href: "/dead-letters" }]);
});

test("the breaker of a queue is its own where the source's labels name one", async () => {
  await store({ name: "card-payouts" });
  await store({ name: "mails" });
  const labels = { breaker: "bank", breaker_card_payouts: "cards" };
  await sql.query("UPDATE source SET labels = $2 WHERE id = $1", [MAIN.id, JSON.stringify(labels)]);
  const details = ["card-payouts", "mails"].map(async (name) => {
    const found = await queues.read.get?.run(context, `main~bull:${name}`, {});
    return queues.read.get?.data.parse(found?.data) as QueueDetail;
  });
  const breakers = (await Promise.all(details)).map(({ breaker }) => breaker);
  expect(breakers).toEqual(["cards", "bank"]);
  await sql.query("UPDATE source SET labels = '{}' WHERE id = $1", [MAIN.id]);
});

test("every source that may carry queues can be picked in the filter", async () => {
  await sql.query("UPDATE source SET kind = 'bullmq_postgres' WHERE id = $1", [SPARE.id]);
  const { data } = await queues.read.list.run(context, queues.read.list.params.parse({}));
  expect((data as { sources: string[] }).sources).toEqual(["main", "spare"]);
  await sql.query("UPDATE source SET kind = 'bullmq' WHERE id = $1", [SPARE.id]);
});

test("a queue that the last collections did not read is marked and stale, however well they went", async () => {
  await sql.query("UPDATE collection SET blind_since = NULL");
  const seen = new Date(now.getTime() - 2 * HOUR);
  await store({ name: "mails" }, MAIN.id, seen);
  await store({ name: "orders" });
  const rows = await listAll({ sort: "name", dir: "asc" });
  expect(rows.map(({ name, stale }) => [name, stale])).toEqual([
    ["mails", true],
    ["orders", false],
  ]);
  const old = await queues.read.get?.run(context, "main~bull:mails", {});
  expect(old).toMatchObject({
    observedAt: seen.toISOString(),
    quality: "stale",
    reason: expect.stringContaining("did not read this queue"),
    data: { stale: true },
  });
  const params = queues.read.series?.params.parse({ id: "main~bull:mails" });
  expect(await queues.read.series?.run(context, params)).toMatchObject({ quality: "stale" });
  const fresh = await queues.read.get?.run(context, "main~bull:orders", {});
  expect(fresh).toMatchObject({ observedAt: now.toISOString(), quality: "exact" });
});
