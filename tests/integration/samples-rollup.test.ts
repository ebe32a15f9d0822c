import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "#lib/core/time.ts";
import { closePool, sql, transaction } from "#lib/db/sql.ts";
import { maintainPartitions, removeEmptySeries } from "#lib/samples/retain.ts";
import { LATE_MS, rollUp } from "#lib/samples/rollup.ts";
import { writeSamples } from "#lib/samples/write.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";

let database: TestDatabase;
const source = crypto.randomUUID();
/** The start of an hour, well inside today's and yesterday's partitions. */
const base = Math.floor((Date.now() - 4 * HOUR) / HOUR) * HOUR;

beforeAll(async () => {
  database = await createDatabase();
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    REDIS_URL: "redis://127.0.0.1:1",
    PLUMBLINE_SECRET: "x".repeat(32),
  });
});

afterAll(async () => {
  await closePool();
  await database.drop();
});

beforeEach(() => sql.query("TRUNCATE sample, sample_1m, sample_1h, rollup_progress, series"));

interface Point {
  series: number;
  /** Seconds after `base`. */
  second: number;
  value: number;
}

async function write(points: readonly Point[]): Promise<void> {
  for (const { series, second, value } of points) {
    const sample = { entity: `e${series}`, metric: "m", value };
    await transaction((tx) =>
      writeSamples(tx, source, "test", new Date(base + second * SECOND), [sample]),
    );
  }
}

interface Bucket {
  series: string;
  at: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number;
}

async function stored(table: "sample_1m" | "sample_1h"): Promise<Bucket[]> {
  const { rows } = await sql.query<Omit<Bucket, "at"> & { at: Date }>(
    `SELECT s.entity AS series, p.at, p.count, p.sum, p.min, p.max, p.last FROM ${table} p JOIN series s ON s.id = p.series_id ORDER BY 1, 2`,
  );
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}

/** What a rollup is, said directly. */
function aggregated(points: readonly Point[], widthMs: number): Bucket[] {
  // The first value of an instant counts, as in `writeSamples`.
  const kept = [
    ...new Map(
      points.toReversed().map((point) => [`${point.series} ${point.second}`, point]),
    ).values(),
  ];
  const groups = Map.groupBy(
    kept,
    ({ series, second }) =>
      `e${series} ${Math.floor((base + second * SECOND) / widthMs) * widthMs}`,
  );
  return [...groups]
    .map(([key, group]) => {
      const [series, at] = key.split(" ") as [string, string];
      const values = group.toSorted((a, b) => a.second - b.second).map(({ value }) => value);
      const sum = values.reduce((total, value) => total + value, 0);
      const last = values.at(-1) as number;
      return {
        series,
        at: Number(at),
        count: values.length,
        sum,
        min: Math.min(...values),
        max: Math.max(...values),
        last,
      };
    })
    .toSorted((a, b) => a.series.localeCompare(b.series) || a.at - b.at);
}

async function expectExact(points: readonly Point[]): Promise<void> {
  expect(await stored("sample_1m")).toEqual(aggregated(points, MINUTE));
  expect(await stored("sample_1h")).toEqual(aggregated(points, HOUR));
}

const point = fc.record({
  series: fc.nat(2),
  second: fc.nat(3 * 3_600),
  // Whole numbers: sums of floats depend on their order.
  value: fc.integer({ min: -1_000, max: 1_000 }),
});
const points = fc.array(point, { maxLength: 25 });
const end = new Date(base + 3 * HOUR + MINUTE);

describe("rolling up", () => {
  test("equals direct aggregation, for any samples; once more, or by two workers at once, changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(points, async (all) => {
        await sql.query("TRUNCATE sample, sample_1m, sample_1h, rollup_progress, series");
        await write(all);
        await rollUp(end);
        await expectExact(all);
        await Promise.all([rollUp(end), rollUp(new Date(end.getTime() + SECOND))]);
        await expectExact(all);
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  test("equals direct aggregation however often it ran before, as long as samples are late by less than the tolerance", async () => {
    const late = fc.record({ point, delay: fc.integer({ min: 0, max: LATE_MS / SECOND - 1 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(late, { maxLength: 15 }),
        fc.array(fc.nat(3 * 3_600), { maxLength: 6 }),
        async (arrivals, runs) => {
          await sql.query("TRUNCATE sample, sample_1m, sample_1h, rollup_progress, series");
          const writes = arrivals.map((arrival) => ({
            at: arrival.point.second + arrival.delay,
            point: arrival.point,
          }));
          const story = [...writes, ...runs.map((at) => ({ at, point: null }))].toSorted(
            (a, b) => a.at - b.at,
          );
          for (const { at, point: arrived } of story) {
            if (arrived) await write([arrived]);
            else await rollUp(new Date(base + at * SECOND));
          }
          await rollUp(end);
          await expectExact(writes.toSorted((a, b) => a.at - b.at).map((one) => one.point));
        },
      ),
      { numRuns: 20, seed: 8 },
    );
  });

  test("the newest bucket is there at once, and grows with its samples", async () => {
    await write([{ series: 0, second: 65, value: 5 }]);
    await rollUp(new Date(base + 70 * SECOND));
    expect(await stored("sample_1m")).toMatchObject([{ count: 1, sum: 5 }]);
    await write([{ series: 0, second: 75, value: 7 }]);
    await rollUp(new Date(base + 80 * SECOND));
    expect(await stored("sample_1m")).toMatchObject([{ count: 2, sum: 12, last: 7 }]);
    expect(await stored("sample_1h")).toMatchObject([{ count: 2, sum: 12, last: 7 }]);
  });

  test("a sample later than the tolerance does not reopen what is final", async () => {
    const early = { series: 0, second: 30, value: 1 };
    await write([early]);
    await rollUp(end);
    await write([{ series: 0, second: 40, value: 100 }]);
    await rollUp(end);
    await expectExact([early]);
  });

  test("a call that dies in the middle is taken up by the next", async () => {
    const all = [10, 1_800, 3_700, 9_000].map((second) => ({ series: 1, second, value: second }));
    await write(all);
    await sql.query("ALTER TABLE sample_1h ADD CONSTRAINT broken CHECK (count < 0) NOT VALID");
    await expect(rollUp(end)).rejects.toThrow("broken");
    await sql.query("ALTER TABLE sample_1h DROP CONSTRAINT broken");
    await rollUp(end);
    await expectExact(all);
  });

  test("without samples there is nothing to do", async () => {
    await rollUp(end);
    expect(await stored("sample_1m")).toEqual([]);
  });
});

describe("keeping", () => {
  const partitions = async (): Promise<string[]> => {
    const { rows } = await sql.query<{ name: string }>(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'sample'::regclass ORDER BY 1",
    );
    return rows.map(({ name }) => name);
  };
  const dayOf = (name: string): number =>
    Date.UTC(Number(name.slice(-8, -4)), Number(name.slice(-4, -2)) - 1, Number(name.slice(-2)));

  test("partitions for the days around now are made, those past their keep time dropped, and a second call changes nothing", async () => {
    const later = new Date(Date.now() + 10 * DAY);
    const changes = await maintainPartitions(later);
    expect(changes.some((change) => change.startsWith("created sample_p"))).toBe(true);
    expect(changes.some((change) => change.startsWith("dropped sample_p"))).toBe(true);
    const days = (await partitions()).map(dayOf);
    expect(Math.min(...days)).toBeGreaterThanOrEqual(later.getTime() - 4 * DAY);
    expect(Math.max(...days)).toBeGreaterThan(later.getTime() + DAY);
    expect(await maintainPartitions(later)).toEqual([]);
    await maintainPartitions(new Date());
  });

  test("two workers at once make each partition once", async () => {
    const later = new Date(Date.now() + 40 * DAY);
    const changes = (
      await Promise.all([maintainPartitions(later), maintainPartitions(later)])
    ).flat();
    expect(new Set(changes).size).toBe(changes.length);
    await maintainPartitions(new Date());
  });

  test("a series without points is forgotten, one with points at any resolution stays", async () => {
    await write([
      { series: 0, second: 10, value: 1 },
      { series: 1, second: 10, value: 1 },
    ]);
    await rollUp(end);
    await sql.query("TRUNCATE sample, sample_1m");
    await sql.query(
      "DELETE FROM sample_1h WHERE series_id = (SELECT id FROM series WHERE entity = 'e0')",
    );
    expect(await removeEmptySeries()).toBe(1);
    const { rows } = await sql.query("SELECT entity FROM series");
    expect(rows).toEqual([{ entity: "e1" }]);
  });
});
