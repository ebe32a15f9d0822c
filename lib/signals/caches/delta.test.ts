import fc from "fast-check";
import { expect, test } from "vitest";
import { increaseOf, type Mark } from "./delta.ts";

const mark = (counters: Record<string, number>, more: Partial<Mark> = {}): Mark => ({
  epoch: "a",
  takenAt: 10_000,
  counters,
  ...more,
});

test.each<[string, Mark | undefined, Mark]>([
  ["a first look", undefined, mark({ hits: 5 })],
  [
    "another start of the server",
    mark({ hits: 5 }, { takenAt: 0 }),
    mark({ hits: 9 }, { epoch: "b" }),
  ],
  [
    "a counter that went down",
    mark({ hits: 5, misses: 5 }, { takenAt: 0 }),
    mark({ hits: 9, misses: 4 }),
  ],
  ["a clock that was set back", mark({ hits: 5 }, { takenAt: 20_000 }), mark({ hits: 9 })],
  ["the same moment", mark({ hits: 5 }), mark({ hits: 9 })],
])("%s counts nothing", (_what, before, after) => {
  expect(increaseOf(before, after)).toBeNull();
});

test("the increase, and the time it covers by the target's clock", () => {
  const before = mark({ hits: 5, misses: 1 }, { takenAt: 2_500 });
  expect(increaseOf(before, mark({ hits: 9, misses: 1 }))).toEqual({
    seconds: 7.5,
    counters: { hits: 4, misses: 0 },
  });
});

test("a counter that only now can be read does not count from 0, and one that no longer can is left out", () => {
  const before = mark({ hits: 5, evicted: 3 }, { takenAt: 0 });
  const found = increaseOf(before, mark({ hits: 7, read_ms: 900 }));
  expect(found?.counters).toEqual({ hits: 2 });
});

/** What a server went through between two looks. */
const stepArbitrary = fc.record({
  hits: fc.nat(50),
  misses: fc.nat(50),
  event: fc.constantFrom("none", "none", "none", "restart", "silent reset", "clock back"),
});

test("whatever happens, never negative and never more than really happened", () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 40 }), (steps) => {
      let epoch = 0;
      let clock = 0;
      let real = { hits: 0, misses: 0 };
      let before: Mark | undefined;
      for (const { hits, misses, event } of steps) {
        if (event !== "none" && event !== "clock back") real = { hits: 0, misses: 0 };
        if (event === "restart") epoch += 1;
        clock += event === "clock back" ? -60_000 : 10_000;
        real = { hits: real.hits + hits, misses: real.misses + misses };
        const after = mark(real, { epoch: String(epoch), takenAt: clock });
        const found = increaseOf(before, after);
        if (found) {
          const { hits: h = 0, misses: m = 0 } = found.counters;
          expect(h >= 0 && m >= 0 && h <= hits && m <= misses && found.seconds > 0).toBe(true);
          if (event === "none") expect(found.counters).toEqual({ hits, misses });
        }
        before = after;
      }
    }),
  );
});
