import { describe, expect, test } from "vitest";
import type { Figures } from "./schema.ts";
import { type Judged, percent, verdictOf } from "./verdict.ts";

const figures = (hits: number, misses: number, more: Partial<Figures> = {}): Figures => ({
  hits,
  misses,
  ratio: hits + misses > 0 ? hits / (hits + misses) : null,
  lookupsPerSecond: (hits + misses) / 900,
  missesPerSecond: misses / 900,
  readMs: null,
  readMsPerSecond: null,
  evictedPerSecond: null,
  ...more,
});

const judge = (of: Partial<Judged> & Pick<Judged, "figures">) =>
  verdictOf({ kind: "redis", key: "redis", queueSigns: [], databaseReadMs: null, ...of });
const judgeTable = (of: Figures) => judge({ kind: "table", key: "table:public.t", figures: of });
const judgeDatabase = (of: Figures) => judge({ kind: "database", key: "database:d", figures: of });

describe("Redis", () => {
  test("nobody looked: unknown", () => {
    const none = { hits: null, misses: null, ratio: null };
    expect(judge({ figures: { ...figures(0, 0), ...none } }).state).toBe("unknown");
  });
  test.each([
    [0, 0, "few"],
    [999, 0, "few"],
    [0, 999, "few"],
    [1000, 0, "ok"],
    [800, 200, "ok"],
    [799, 201, "poor"],
    [0, 1000, "poor"],
  ])("%d hits and %d misses: %s", (hits, misses, state) => {
    expect(judge({ figures: figures(hits, misses) }).state).toBe(state);
  });
  test.each([
    [10_000, 0],
    [0, 10_000],
    [1, 1],
  ])("with queues on it %d hits and %d misses are not judged", (hits, misses) => {
    const found = judge({ figures: figures(hits, misses), queueSigns: ["Keys of Sidekiq."] });
    expect(found).toMatchObject({ state: "contaminated", why: expect.stringContaining("Sidekiq") });
  });
});

describe("Postgres", () => {
  test("a ratio alone does not make it poor: the reading has to cost something", () => {
    const low = (readMsPerSecond: number, readMs: number) =>
      judgeDatabase(figures(8_000, 2_000, { readMsPerSecond, readMs }));
    expect(low(3, 0.02)).toMatchObject({
      state: "ok",
      why: expect.stringContaining("system's cache"),
    });
    expect(low(49, 2)).toMatchObject({ state: "ok" });
    expect(low(50, 2)).toMatchObject({
      state: "poor",
      why: expect.stringContaining("50 ms per second"),
    });
  });
  test("without read times many reads make it poor", () => {
    expect(judgeTable(figures(8_000, 2_000)).state).toBe("ok");
    expect(judgeTable(figures(800_000, 200_000)).state).toBe("poor");
    expect(judgeTable(figures(950_000, 50_000)).state).toBe("ok");
  });
  test("a table is judged by what a read takes in its database", () => {
    const busy = figures(800_000, 200_000);
    const at = (databaseReadMs: number) =>
      judge({ kind: "table", key: "table:public.t", figures: busy, databaseReadMs });
    expect(at(0.002)).toMatchObject({
      state: "ok",
      why: expect.stringContaining(
        "about 0.44 ms per second, at its database's 0.002 ms per block",
      ),
    });
    expect(at(0.5).state).toBe("poor");
  });
  test("vacuum and bulk reads pass by the buffers by design", () => {
    const cold = figures(0, 500_000, { readMs: 1, readMsPerSecond: 500 });
    const io = (context: string) =>
      judge({ kind: "io", key: `io:client backend:${context}`, figures: cold }).state;
    expect([io("normal"), io("bulkread"), io("vacuum")]).toEqual(["poor", "ok", "ok"]);
  });
});

test.each([
  [0.9999, "99.99 %"],
  [0.999999, "99.99 %"],
  [1, "100 %"],
  [0.456, "45 %"],
  [0, "0 %"],
])("%d reads %s: never rounded up to all", (ratio, text) => {
  expect(percent(ratio)).toBe(text);
});
