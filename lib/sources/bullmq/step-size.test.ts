import fc from "fast-check";
import { expect, test } from "vitest";
import { FIRST_STEP, StepSize } from "./step-size.ts";

/** Runs so many steps in which each job costs so many milliseconds, with so much noise on top. */
function settled(cost: number, noise: (step: number) => number = () => 0): number {
  const steps = new StepSize();
  for (let step = 0; step < 40; step += 1) steps.took(steps.size * cost + noise(step));
  return steps.size;
}

test("whatever a job costs, steps settle at what a millisecond holds", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.02, max: 0.2, noNaN: true }), (cost) => {
      const held = settled(cost) * cost;
      expect(held).toBeLessThanOrEqual(1);
      expect(held).toBeGreaterThan(0.7);
    }),
  );
});

test("costly jobs go a few at a time, cheap ones not too many", () => {
  expect(settled(3)).toBe(5);
  expect(settled(0)).toBe(50);
});

test("a slow answer now and then does not make steps small", () => {
  expect(settled(0.04, (step) => (step % 3 === 0 ? 20 : 0))).toBe(25);
});

test("one quick step is no proof: sizes grow slowly, and fall at once", () => {
  const steps = new StepSize();
  steps.took(0.01);
  expect(steps.size).toBe(FIRST_STEP * 1.5);
  const slow = new StepSize();
  slow.took(4);
  expect(slow.size).toBe(5);
});
