import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemActor } from "#lib/auth/actor.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import type { FoundProblem } from "#lib/signals/define.ts";
import type { QueueDetail, QueueRow } from "#lib/signals/queues/schema.ts";
import { SORTS } from "#lib/signals/queues/schema.ts";
import { queues } from "#lib/signals/queues/signal.ts";
import type { StoredQueue } from "#lib/signals/queues/stored.ts";
import { type Ground, openGround } from "#tests/support/access.ts";

let ground: Ground;
const now = new Date("2026-11-23T12:00:00Z");
const context = { actor: systemActor("test"), now };
const SOURCE = {
  id: "00000000-0000-4000-8000-00000000000a",
  name: "main",
  kind: "bullmq",
  labels: {},
} as const;

beforeAll(async () => {
  ground = await openGround();
  for (const [id, name] of [
    [SOURCE.id, "main"],
    ["00000000-0000-4000-8000-00000000000b", "spare"],
  ]) {
    await sql.query(
      "INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, $2, 'bullmq', 15000)",
      [id, name],
    );
    await sql.query(
      `INSERT INTO collection (source_id, signal, interval_ms, last_attempt_at, last_success_at) VALUES ($1, 'queues', 15000, $2, $2)`,
      [id, now],
    );
  }
});
beforeEach(() => sql.query("DELETE FROM entity"));
afterAll(() => ground.close());

const quiet: StoredQueue = {
  prefix: "bull",
  name: "mails",
  flavour: "bullmq",
  version: "6.7.0",
  readOnlyBecause: null,
  counts: {
    waiting: 0,
    paused: 0,
    prioritized: 0,
    active: 0,
    delayed: 0,
    "waiting-children": 0,
    completed: 0,
    failed: 0,
  },
  backlog: 0,
  retrying: null,
  scheduled: null,
  oldestWaitingSeconds: null,
  objectiveSeconds: 60,
  oldestFailedAt: null,
  newestFailedAt: null,
  nextDueAt: null,
  paused: false,
  globalConcurrency: null,
  rateLimit: null,
  workers: 1,
  unattended: false,
  unattendedSince: null,
  seenOptions: null,
  finished: {
    completedPerMinute: null,
    failedPerMinute: null,
    completed: null,
    failed: null,
    failureRatio: null,
    from: null,
    estimatedBecause: null,
  },
  cursor: {
    eventId: null,
    totals: { completed: null, failed: null },
    added: null,
    inside: null,
    failedKept: null,
  },
};

async function store(
  queue: Partial<StoredQueue>,
  source: string = SOURCE.id,
  at = now,
): Promise<void> {
  const data = { ...quiet, ...queue };
  await sql.query(
    "INSERT INTO entity (source_id, signal, key, data, observed_at) VALUES ($1, 'queues', $2, $3, $4)",
    [source, `${data.prefix}:${data.name}`, JSON.stringify(data), at],
  );
}

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
          const source = at % 2 ? SOURCE.id : "00000000-0000-4000-8000-00000000000b";
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

test("filters by text, source and trouble", async () => {
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
  await store({ name: "still", paused: true }, "00000000-0000-4000-8000-00000000000b");
  const names = async (params: object) =>
    (await listAll({ sort: "name", dir: "asc", ...params })).map((row) => row.name);
  expect(await names({ q: "MAIL" })).toEqual(["late-mails", "mails"]);
  expect(await names({ q: "%" })).toEqual([]);
  expect(await names({ source: "spare" })).toEqual(["still"]);
  expect(await names({ flag: "unattended" })).toEqual(["mails"]);
  expect(await names({ flag: "late" })).toEqual(["late-mails"]);
  expect(await names({ flag: "failing" })).toEqual(["bad"]);
  expect(await names({ flag: "paused" })).toEqual(["still"]);
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
  const atOnce = { atOnce: true, keepCount: null, keepSeconds: null };
  const seenOptions = {
    attempts: 3,
    backoff: null,
    delayMs: null,
    lifo: false,
    removeOnComplete: null,
    removeOnFail: atOnce,
  };
  await store({ seenOptions });
  const { data, quality } = (await queues.read.get?.run(context, "main~bull:mails", {})) ?? {};
  expect(data as QueueDetail).toMatchObject({ discardsFailures: true, name: "mails" });
  expect(JSON.stringify(data)).not.toContain("cursor");
  expect(quality).toBe("exact");
  for (const id of ["main~bull:nothing", "nowhere~bull:mails", "rubbish", "~", "main~"]) {
    await expect(queues.read.get?.run(context, id, {})).rejects.toMatchObject({
      code: "not_found",
    });
  }
});

describe("problems", () => {
  const found = async (...stored: Partial<StoredQueue>[]): Promise<FoundProblem[]> => {
    for (const queue of stored) await store(queue);
    return transaction((tx) => queues.problems({ tx, source: SOURCE, now }));
  };
  const minuteAgo = new Date(now.getTime() - 60_000).toISOString();

  test("are none on a quiet source", async () => {
    expect(await found({})).toEqual([]);
  });

  test("nobody consuming is critical, from the second look on", async () => {
    const unattended = { backlog: 3, workers: 0, unattended: true };
    expect(await found({ ...unattended, unattendedSince: now.toISOString() })).toEqual([]);
    await sql.query("DELETE FROM entity");
    expect(await found({ ...unattended, unattendedSince: minuteAgo })).toEqual([
      {
        type: "queue_no_workers",
        entity: "bull:mails",
        severity: "critical",
        title: "mails: nobody is consuming, 3 jobs waiting",
        href: "/queues/main~bull%3Amails",
        since: new Date(minuteAgo),
      },
    ]);
  });

  test("a job that waits longer than its objective is late since the objective passed", async () => {
    const oldestWaitingSeconds = { value: 90, estimated: false };
    expect(await found({ backlog: 1, oldestWaitingSeconds })).toEqual([
      expect.objectContaining({
        type: "queue_late",
        severity: "warning",
        title: "mails: oldest job waits 90 s, objective 60 s",
        since: new Date(now.getTime() - 30_000),
      }),
    ]);
  });

  test("failing needs enough finished jobs", async () => {
    const finished = { ...quiet.finished, completed: 16, failed: 4, failureRatio: 0.2 };
    const few = { ...finished, completed: 4, failed: 1 };
    const all = await found({ name: "bad", finished }, { name: "few", finished: few });
    expect(all.map(({ type, entity }) => [type, entity])).toEqual([["queue_failing", "bull:bad"]]);
    expect(all[0]?.title).toBe("bad: 20 % of 20 jobs failed in 15 minutes");
  });

  test("a paused queue is one only with jobs in it", async () => {
    const all = await found(
      { name: "full", paused: true, backlog: 2 },
      { name: "empty", paused: true },
    );
    expect(all.map(({ type, entity }) => [type, entity])).toEqual([["queue_paused", "bull:full"]]);
  });

  test("a server that evicts jobs is a risk", async () => {
    const capability = {
      id: "no_eviction",
      ok: false,
      detail: "allkeys-lru: under memory pressure Redis deletes jobs",
    };
    await sql.query("UPDATE source SET capabilities = $2 WHERE id = $1", [
      SOURCE.id,
      JSON.stringify([capability]),
    ]);
    expect(await found({})).toEqual([
      expect.objectContaining({ type: "queue_eviction_policy", severity: "risk", entity: "main" }),
    ]);
    await sql.query("UPDATE source SET capabilities = '[]' WHERE id = $1", [SOURCE.id]);
  });
});

describe("metrics", () => {
  const valueOf = async (name: string, labels: object): Promise<number | undefined> => {
    const family = queues.metrics.find((each) => each.name === name);
    const values = (await family?.read(now)) ?? [];
    const wanted = JSON.stringify(Object.entries(labels).toSorted());
    return values.find((each) => JSON.stringify(Object.entries(each.labels).toSorted()) === wanted)
      ?.value;
  };
  const labels = { source: "main", prefix: "bull", queue: "mails" };

  test("leave out what is not known, and what nobody has looked at for long", async () => {
    await store({ workers: null, oldestWaitingSeconds: null, backlog: 4 });
    await store({ name: "old", workers: 7 }, SOURCE.id, new Date(now.getTime() - 46_000));
    expect(await valueOf("plumbline_queue_workers", labels)).toBeUndefined();
    expect(await valueOf("plumbline_queue_oldest_waiting_age_seconds", labels)).toBeUndefined();
    expect(await valueOf("plumbline_queue_paused", labels)).toBe(0);
    expect(await valueOf("plumbline_queue_slo_wait_seconds", labels)).toBe(60);
    expect(await valueOf("plumbline_queue_workers", { ...labels, queue: "old" })).toBeUndefined();
  });

  test("an empty queue has nothing that waits", async () => {
    await store({});
    expect(await valueOf("plumbline_queue_oldest_waiting_age_seconds", labels)).toBe(0);
  });

  test("BullMQ's own families add up equal names, and totals exist only where workers keep them", async () => {
    const cursor = { ...quiet.cursor, totals: { completed: 40, failed: null } };
    await store({ counts: { ...quiet.counts, failed: 2 }, cursor });
    await store({ prefix: "other", counts: { ...quiet.counts, failed: 3 } });
    expect(await valueOf("bullmq_job_count", { queue: "mails", state: "failed" })).toBe(5);
    expect(await valueOf("bullmq_job_count", { queue: "mails", state: "waiting-children" })).toBe(
      0,
    );
    expect(await valueOf("bullmq_job_count", { queue: "mails", state: "paused" })).toBeUndefined();
    expect(await valueOf("bullmq_job_completed_total", { queue: "mails" })).toBe(40);
    expect(await valueOf("bullmq_job_failed_total", { queue: "mails" })).toBeUndefined();
  });
});

test("a source that cannot be read makes the list stale and says since when", async () => {
  await store({});
  await sql.query(
    "UPDATE collection SET blind_since = $2, message = 'The server did not answer in time.' WHERE source_id = $1",
    [SOURCE.id, now],
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
