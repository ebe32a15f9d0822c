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
type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** The marks that looks at this server find, and what really happened before each. */
function* live(
  steps: readonly Step[],
): Generator<{ before: Mark | undefined; after: Mark } & Step> {
  let before: Mark | undefined;
  let epoch = 0;
  let clock = 0;
  let real = { hits: 0, misses: 0 };
  for (const step of steps) {
    if (step.event === "restart" || step.event === "silent reset") real = { hits: 0, misses: 0 };
    if (step.event === "restart") epoch += 1;
    clock += step.event === "clock back" ? -60_000 : 10_000;
    real = { hits: real.hits + step.hits, misses: real.misses + step.misses };
    const after = mark(real, { epoch: String(epoch), takenAt: clock });
    yield { before, after, ...step };
    before = after;
  }
}

test("whatever happens, never negative and never more than really happened", () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 40 }), (steps) =>
      [...live(steps)].every(({ before, after, hits, misses }) => {
        const found = increaseOf(before, after);
        const { hits: h = 0, misses: m = 0 } = found?.counters ?? {};
        return h >= 0 && m >= 0 && h <= hits && m <= misses && (found?.seconds ?? 1) > 0;
      }),
    ),
  );
});

test("without an event all of it is counted", () => {
  const quiet = stepArbitrary.map((step) => ({ ...step, event: "none" as const }));
  fc.assert(
    fc.property(fc.array(quiet, { minLength: 1, maxLength: 40 }), (steps) => {
      const [, ...rest] = live(steps);
      const found = rest.map(({ before, after }) => increaseOf(before, after)?.counters);
      expect(found).toEqual(rest.map(({ hits, misses }) => ({ hits, misses })));
    }),
  );
});
