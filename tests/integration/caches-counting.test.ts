import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sql } from "#lib/db/sql.ts";
import { SECOND } from "#lib/core/time.ts";
import type { CacheKind } from "#lib/signals/caches/schema.ts";
import type { Counters } from "#lib/signals/caches/observed.ts";
import { loadState } from "#lib/signals/caches/state.ts";
import { newCost } from "#lib/sources/cost.ts";
import { type Ground, openGround } from "#tests/support/access.ts";
import { cacheOf, type Collected, detailOf, historyOf, samplesOf, store } from "./caches-target.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

/** A server whose counters the test sets, and workers that look at it when the test says so. */
class Target {
  readonly kind: "postgres" | "redis";
  readonly id: string;
  readonly name: string;
  epoch = "first start";
  /** The target's own clock, in ms. */
  clock = 1_000_000;

  private constructor(id: string, name: string, kind: "postgres" | "redis") {
    this.id = id;
    this.name = name;
    this.kind = kind;
  }

  static async add(kind: "postgres" | "redis" = "redis"): Promise<Target> {
    const { rows } = await sql.query<{ id: string; name: string }>(
      `INSERT INTO source (id, name, kind, interval_ms)
       SELECT id, 'target-' || left(id::text, 8), $1, 10000 FROM (SELECT gen_random_uuid() AS id) new RETURNING id, name`,
      [kind],
    );
    const { id, name } = rows[0]!;
    return new Target(id, name, kind);
  }

  async look(counters: Counters, key = "redis", kind: CacheKind = "redis"): Promise<Collected> {
    const { generation } = await loadState(this.id);
    const facts = { untimedBecause: null, blockBytes: null, redis: null };
    const cache = {
      key,
      name: key,
      parent: null,
      main: true,
      epoch: this.epoch,
      levels: {},
      facts,
    };
    const observation = { kind, takenAt: this.clock, caches: [{ ...cache, counters }] };
    const collection = { generation, observations: [observation], queueLook: null };
    return { collection, unread: [], cost: newCost() };
  }

  async collect(counters: Counters, at: Date): Promise<void> {
    await store(this, await this.look(counters), at);
  }

  async sums(): Promise<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const { metric, value } of await samplesOf(this.id))
      sums[metric] = (sums[metric] ?? 0) + value;
    return sums;
  }

  /** The durable counters behind the metrics. */
  async counted(): Promise<Record<string, number>> {
    const { rows } = await sql.query<{ result: string; value: number }>(
      `SELECT labels ->> 'result' AS result, value FROM metric_value
       WHERE name = 'plumbline_cache_lookups_total' AND labels ->> 'source' = $1`,
      [this.name],
    );
    return Object.fromEntries(rows.map(({ result, value }) => [result, value]));
  }
}

describe("two workers on one target", () => {
  const workers = ["A", "B"] as const;
  const stepArbitrary = fc.oneof(
    fc.record({ does: fc.constant("traffic" as const), hits: fc.nat(9), misses: fc.nat(9) }),
    fc.record({ does: fc.constant("look" as const), worker: fc.constantFrom(...workers) }),
    fc.record({ does: fc.constant("store" as const), worker: fc.constantFrom(...workers) }),
  );

  it("looks and late stores in any order count everything exactly once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 15, maxLength: 40 }), async (steps) => {
        const target = await Target.add();
        const real = { hits: 100, misses: 100 };
        const start = Date.now() - 200 * SECOND;
        const inHand = new Map<string, Collected>();
        await target.collect({ ...real }, new Date(start));
        for (const [at, step] of steps.entries()) {
          target.clock += SECOND;
          const collected = step.does === "store" ? inHand.get(step.worker) : undefined;
          if (step.does === "traffic") {
            real.hits += step.hits;
            real.misses += step.misses;
          } else if (step.does === "look") {
            inHand.set(step.worker, await target.look({ ...real }));
          } else if (collected) {
            await store(target, collected, new Date(start + (at + 1) * SECOND));
            inHand.delete(step.worker);
          }
        }
        target.clock += SECOND;
        await target.collect({ ...real }, new Date(start + 100 * SECOND));
        const { hits = 0, misses = 0 } = await target.sums();
        expect({ hits, misses }).toEqual({ hits: real.hits - 100, misses: real.misses - 100 });
        const counted = await target.counted();
        expect({ hits: counted["hit"] ?? 0, misses: counted["miss"] ?? 0 }).toEqual({
          hits,
          misses,
        });
      }),
      { numRuns: 30 },
    );
  });

  it("two at the very same time: one is stored, none is lost", async () => {
    const target = await Target.add();
    const start = Date.now() - 60 * SECOND;
    await target.collect({ hits: 10, misses: 0 }, new Date(start));
    target.clock += 10 * SECOND;
    const both = await Promise.all([1, 2].map(() => target.look({ hits: 15, misses: 5 })));
    await Promise.all(both.map((each) => store(target, each, new Date(start + 10 * SECOND))));
    expect(await target.sums()).toEqual({ hits: 5, misses: 5, seconds: 10 });
  });

  it("a first look of both at once counts nothing", async () => {
    const target = await Target.add();
    const both = await Promise.all([1, 2].map(() => target.look({ hits: 15, misses: 5 })));
    await Promise.all(both.map((each) => store(target, each)));
    expect(await target.sums()).toEqual({});
  });
});

describe("gaps", () => {
  const start = Date.now() - 600 * SECOND;
  const at = (seconds: number) => new Date(start + seconds * SECOND);

  it("no traffic is 0, a restart is a gap", async () => {
    const target = await Target.add();
    const collect = async (seconds: number, hits: number, misses: number) => {
      target.clock = 1_000_000 + seconds * SECOND;
      await target.collect({ hits, misses }, at(seconds));
    };
    await collect(0, 50, 50);
    await collect(60, 80, 60);
    await collect(120, 80, 60);
    target.epoch = "second start";
    await collect(180, 500, 500);
    await collect(240, 506, 502);
    const { points } = await historyOf(target, "redis", "15m");
    const seen = (seconds: number) =>
      points.findLast((point) => Date.parse(point.at) <= at(seconds).getTime());
    expect(seen(60)).toMatchObject({ hitsPerSecond: 0.5, missesPerSecond: 10 / 60, ratio: 0.75 });
    expect(seen(120)).toMatchObject({ hitsPerSecond: 0, missesPerSecond: 0, ratio: null });
    expect(seen(180)).toMatchObject({ hitsPerSecond: null, missesPerSecond: null, ratio: null });
    expect(seen(240)).toMatchObject({ hitsPerSecond: 0.1, ratio: 0.75 });
    const row = await cacheOf(target, "redis");
    expect(row).toMatchObject({ hits: 36, misses: 12, lookupsPerSecond: 48 / 180 });
  });

  it("after a long silence what was counted is not put into one moment", async () => {
    const target = await Target.add();
    await target.collect({ hits: 0, misses: 0 }, new Date(start - 7_200 * SECOND));
    target.clock += 7_200 * SECOND;
    await target.collect({ hits: 9_000, misses: 9_000 }, at(0));
    expect(await target.sums()).toEqual({});
    // The total is still right: it is only the time that is not known.
    expect(await target.counted()).toEqual({ hit: 9_000, miss: 9_000 });
  });

  it("one table's reset is not a time without traffic for it, nor a gap for the others", async () => {
    const target = await Target.add("postgres");
    const collect = async (seconds: number, epochs: [string, string], hits: number) => {
      const { generation } = await loadState(target.id);
      const facts = { untimedBecause: null, blockBytes: 8192, redis: null };
      const caches = (["table:a", "table:b"] as const).map((key, index) => ({
        key,
        name: key,
        parent: null,
        main: false,
        epoch: epochs[index]!,
        counters: { hits, misses: 0 },
        levels: {},
        facts,
      }));
      const observation = { kind: "table" as const, takenAt: seconds * SECOND, caches };
      const collection = { generation, observations: [observation], queueLook: null };
      await store(target, { collection, unread: [], cost: newCost() }, at(seconds));
    };
    await collect(1, ["x", "x"], 10);
    await collect(61, ["x", "x"], 70);
    await collect(121, ["x", "y"], 130);
    await collect(181, ["x", "y"], 190);
    expect(await cacheOf(target, "table:a")).toMatchObject({ hits: 180, lookupsPerSecond: 1 });
    expect(await cacheOf(target, "table:b")).toMatchObject({ hits: 120, lookupsPerSecond: 1 });
  });
});

it("reads that are not timed do not make the others look fast", async () => {
  const target = await Target.add("postgres");
  const start = Date.now() - 300 * SECOND;
  const collect = async (minutes: number, counters: Counters) => {
    target.clock = 1_000_000 + minutes * 60 * SECOND;
    const looked = await target.look(counters, "database:shop", "database");
    await store(target, looked, new Date(start + minutes * 60 * SECOND));
  };
  await collect(0, { hits: 0, misses: 0 });
  await collect(1, { hits: 0, misses: 1_000 });
  await collect(2, { hits: 0, misses: 2_000, read_ms: 700 });
  await collect(3, { hits: 0, misses: 2_500, read_ms: 1_700 });
  const detail = await detailOf(target, "database:shop");
  expect(detail).toMatchObject({ misses: 2_500, readMs: 2 });
});
