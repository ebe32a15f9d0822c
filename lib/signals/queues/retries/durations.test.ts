import fc from "fast-check";
import { expect, test } from "vitest";
import { addDuration, addDurations, countDurations, durationQuantile } from "./durations.ts";

const counted = (values: readonly number[]): number[] => {
  const counts: number[] = [];
  for (const value of values) addDuration(counts, value, 1);
  return counts;
};

test("nothing timed has no percentile", () => {
  expect(durationQuantile([], 0.5)).toBeNull();
  expect(durationQuantile([0, 0], 0.5)).toBeNull();
});

test("a percentile is at most a tenth off, from a millisecond to a month", () => {
  const durations = fc.array(fc.integer({ min: 1, max: 30 * 86_400_000 }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.95, 0.99), (values, q) => {
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(q * sorted.length) - 1] as number;
      const told = durationQuantile(counted(values), q) as number;
      expect(Math.abs(told - exact) / exact).toBeLessThan(0.1);
    }),
  );
});

test("minutes add up to the hour", () => {
  const parts = fc.array(fc.array(fc.nat(1e9)), { maxLength: 6 });
  fc.assert(
    fc.property(parts, (minutes) => {
      const sum = minutes.map(counted).reduce(addDurations, []);
      expect(countDurations(sum)).toBe(minutes.flat().length);
      expect(sum).toEqual(minutes.length > 0 ? counted(minutes.flat()) : []);
    }),
  );
});
