import fc from "fast-check";
import { expect, test } from "vitest";
import { FIRST_STEP, nextStep } from "./step-size.ts";

test("a step that took too long is followed by one that fits", () => {
  expect(nextStep(100, 10)).toBe(10);
  expect(nextStep(100, 1_000)).toBe(5);
});

test("quick steps grow, but not at once and not for ever", () => {
  expect(nextStep(FIRST_STEP, 0.1)).toBe(30);
  expect(nextStep(100, 0)).toBe(100);
});

test("whatever a job costs, steps settle at what a millisecond holds", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.2, noNaN: true }), (cost) => {
      let size = FIRST_STEP;
      for (let step = 0; step < 20; step += 1) size = nextStep(size, size * cost);
      expect(size * cost).toBeLessThanOrEqual(1.5);
    }),
  );
});
