import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { log } from "#lib/core/log.ts";
import { closePool, sql } from "#lib/db/sql.ts";
import { closeChanged, onChanged } from "#lib/jobs/changed.ts";
import type { JobContext } from "#lib/jobs/define.ts";
import { closeRedis } from "#lib/jobs/redis.ts";
import type { Collected, FoundProblem, Signal } from "#lib/signals/define.ts";
import { defineSignal } from "#lib/signals/define.ts";
import { charge, newCost } from "#lib/sources/cost.ts";
import type { OpenSource, SourceConfig } from "#lib/sources/define.ts";
import { SourceError } from "#lib/sources/errors.ts";
import { collectJob } from "#workers/collect.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";
import { createRedis, type TestRedis } from "#tests/support/redis.ts";

let database: TestDatabase;
let own: TestRedis;
const sources = new Map<string, SourceConfig>();

beforeAll(async () => {
  [database, own] = await Promise.all([createDatabase(), createRedis()]);
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    REDIS_URL: own.url,
    PLUMBLINE_SECRET: "x".repeat(32),
  });
  log.level = "silent";
});

afterAll(async () => {
  closeChanged();
  closeRedis();
  await closePool();
  await Promise.all([database.drop(), own.close()]);
});

interface Row {
  entity: string;
  depth: number;
}

/** What the target says, written by each test before it collects. */
const script: {
  collect: (abort: AbortSignal) => Promise<Collected<Row>>;
  save: () => void;
  problems: FoundProblem[];
} = { collect: async () => ({ rows: [], unread: [] }), save: () => {}, problems: [] };

const signal: Signal = defineSignal<Row>({
  id: "depths",
  title: "Depths",
  sources: ["redis"],
  every: "1s",
  headline: { label: "Ticks", unit: "count", metrics: ["ticks"], entity: /./, value: () => null },
  collect: ({ source, abort }) => {
    charge(source.cost, { commands: 3, targetMs: 1 });
    return script.collect(abort);
  },
  save: async (_context, rows) => {
    script.save();
    return rows.map(({ entity, depth }) => ({ entity, metric: "depth", value: depth }));
  },
  problems: async () => script.problems,
  read: { list: undefined as never },
  actions: [],
  metrics: [],
});

const job = collectJob({ signals: [signal], sources: () => sources });

/** The target's own connection plays no part here: the script answers. */
const context: JobContext = {
  openSource: async (id) => ({ id, kind: "redis", cost: newCost() }) as unknown as OpenSource,
};

async function newSource(intervalMs = 1_000): Promise<string> {
  const id = crypto.randomUUID();
  const name = `source ${id}`;
  await sql.query("INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, $2, 'redis', $3)", [
    id,
    name,
    intervalMs,
  ]);
  sources.set(id, {
    name,
    kind: "redis",
    url: "redis://unused",
    labels: {},
    intervalMs,
    options: {},
  });
  return id;
}

const collect = (sourceId: string): Promise<unknown> =>
  job.handle({ sourceId, signal: signal.id }, context);

interface CollectionRow {
  last_attempt_at: Date;
  last_success_at: Date | null;
  blind_since: Date | null;
  reason: string | null;
  message: string | null;
  failures: number;
  cost: unknown;
  unread: unknown;
  interval_ms: number;
}

async function collection(sourceId: string): Promise<CollectionRow> {
  const { rows } = await sql.query<CollectionRow>("SELECT * FROM collection WHERE source_id = $1", [
    sourceId,
  ]);
  return rows[0] as CollectionRow;
}

async function samplesOf(sourceId: string): Promise<number[]> {
  const { rows } = await sql.query<{ value: number }>(
    "SELECT p.value FROM sample p JOIN series s ON s.id = p.series_id WHERE s.source_id = $1 ORDER BY p.at, s.entity",
    [sourceId],
  );
  return rows.map(({ value }) => value);
}

beforeEach(() => {
  script.collect = async () => ({ rows: [{ entity: "a", depth: 7 }], unread: [] });
  script.save = () => {};
  script.problems = [];
});

const refuses = (error: unknown) => async (): Promise<never> => {
  throw error;
};

describe("a collection", () => {
  test("stores its samples and what it cost, and says what it could not read", async () => {
    const id = await newSource();
    script.collect = async () => ({
      rows: [
        { entity: "a", depth: 7 },
        { entity: "b", depth: 2 },
      ],
      unread: ["No right to CONFIG."],
    });
    await collect(id);
    expect(await samplesOf(id)).toEqual([7, 2]);
    const row = await collection(id);
    expect(row).toMatchObject({
      blind_since: null,
      reason: null,
      failures: 0,
      unread: ["No right to CONFIG."],
      interval_ms: 1_000,
    });
    expect(row.cost).toMatchObject({ commands: 3 });
    expect(row.last_success_at).toEqual(row.last_attempt_at);
  });

  test("that fails says since when and why, keeps what was known, and recovers", async () => {
    const id = await newSource();
    await collect(id);
    const good = await collection(id);
    script.collect = refuses(new SourceError("auth_failed", "The password was refused."));
    await collect(id);
    const first = await collection(id);
    await collect(id);
    const second = await collection(id);
    expect(first).toMatchObject({
      reason: "auth_failed",
      message: "The password was refused.",
      failures: 1,
    });
    expect(second).toMatchObject({
      failures: 2,
      blind_since: first.blind_since,
      last_success_at: good.last_success_at,
    });
    expect(await samplesOf(id)).toEqual([7]);
    script.collect = async () => ({ rows: [{ entity: "a", depth: 9 }], unread: [] });
    await collect(id);
    expect(await collection(id)).toMatchObject({
      blind_since: null,
      reason: null,
      message: null,
      failures: 0,
    });
  });

  test("that fails by our own fault shows nothing of the fault", async () => {
    const id = await newSource();
    script.collect = refuses(new TypeError("secret hunter22"));
    await collect(id);
    const row = await collection(id);
    expect(row).toMatchObject({ reason: "internal", last_success_at: null });
    expect(row.message).not.toContain("hunter22");
  });

  test("that cannot be stored leaves nothing behind but the failure", async () => {
    const id = await newSource();
    script.save = () => {
      throw new Error("the signal's own bug");
    };
    await collect(id);
    expect(await samplesOf(id)).toEqual([]);
    expect(await collection(id)).toMatchObject({
      reason: "internal",
      last_success_at: null,
      failures: 1,
    });
  });

  test("tells open pages", async () => {
    const heard: string[][] = [];
    const stop = onChanged((keys) => heard.push(...keys));
    const id = await newSource();
    await expect
      .poll(async () => (await collect(id), heard), { interval: 100 })
      .toContainEqual(["signals", "depths"]);
    expect(heard).toContainEqual(["overview"]);
    stop();
  });
});

describe("a target that hangs", () => {
  test("is given up on within its interval, told to stop, and never delays another", async () => {
    const [hung, fine] = [await newSource(), await newSource()];
    const told: unknown[] = [];
    const asked = Promise.withResolvers<void>();
    script.collect = (abort) => {
      abort.addEventListener("abort", () => told.push((abort.reason as SourceError).reason));
      asked.resolve();
      return new Promise(() => {});
    };
    const hanging = collect(hung);
    await asked.promise;
    script.collect = async () => ({ rows: [{ entity: "a", depth: 1 }], unread: [] });
    await collect(fine);
    expect(await collection(fine)).toMatchObject({ reason: null });
    expect(await collection(hung)).toBeUndefined();
    await hanging;
    expect(await collection(hung)).toMatchObject({ reason: "timeout", failures: 1 });
    expect(told).toEqual(["timeout"]);
  });

  test("is not asked again while the last question is still open", async () => {
    const id = await newSource();
    let asked = 0;
    const answer = Promise.withResolvers<Collected<Row>>();
    script.collect = () => {
      asked += 1;
      return answer.promise;
    };
    await collect(id);
    await collect(id);
    expect(asked).toBe(1);
    answer.resolve({ rows: [], unread: [] });
    await expect.poll(async () => (await collect(id), asked)).toBe(2);
  });
});

describe("one at a time", () => {
  test("a tick that comes while the one before runs is skipped", async () => {
    const id = await newSource();
    let running = 0;
    let most = 0;
    script.collect = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 50));
      running -= 1;
      return { rows: [{ entity: "a", depth: 1 }], unread: [] };
    };
    await Promise.all(Array.from({ length: 6 }, () => collect(id)));
    expect(most).toBe(1);
  });
});

describe("problems", () => {
  const problem = (entity: string, title: string): FoundProblem => ({
    type: "too_deep",
    entity,
    severity: "warning",
    title,
    href: `/depths/${entity}`,
  });

  async function problemsOf(id: string): Promise<unknown[]> {
    const { rows } = await sql.query(
      "SELECT entity, title, closed_at IS NULL AS open FROM problem WHERE source_id = $1 ORDER BY id",
      [id],
    );
    return rows;
  }

  test("open, are refreshed, close, and open anew with their history kept", async () => {
    const id = await newSource();
    script.problems = [problem("a", "7 deep"), problem("b", "8 deep")];
    await collect(id);
    script.problems = [problem("a", "9 deep")];
    await collect(id);
    expect(await problemsOf(id)).toEqual([
      { entity: "a", title: "9 deep", open: true },
      { entity: "b", title: "8 deep", open: false },
    ]);
    script.problems = [problem("a", "9 deep"), problem("b", "4 deep")];
    await collect(id);
    expect(await problemsOf(id)).toMatchObject([
      { open: true },
      { open: false },
      { entity: "b", title: "4 deep", open: true },
    ]);
  });

  test("stay open while the target cannot be read: not knowing is not being well", async () => {
    const id = await newSource();
    script.problems = [problem("a", "7 deep")];
    await collect(id);
    script.problems = [];
    script.collect = refuses(new SourceError("unreachable", "Gone."));
    await collect(id);
    expect(await problemsOf(id)).toMatchObject([{ open: true }]);
  });
});

test("ticks of a source that left the configuration do nothing", async () => {
  const id = await newSource();
  sources.delete(id);
  await collect(id);
  expect(await collection(id)).toBeUndefined();
});
