import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addAttempts,
  amplification,
  type Attempts,
  budgetUsed,
  expectedAttempts,
  failureShare,
  jobsOf,
  MIN_JOBS,
  NO_ATTEMPTS,
} from "./arithmetic.ts";

const of = (some: Partial<Attempts>): Attempts => ({ ...NO_ATTEMPTS, ...some });

const anyAttempts: fc.Arbitrary<Attempts> = fc.record({
  asked: fc.nat(5_000),
  first: fc.nat(5_000),
  again: fc.nat(20_000),
  completed: fc.nat(5_000),
  failed: fc.nat(5_000),
  retries: fc.nat(20_000),
  stalls: fc.nat(50),
});

describe("amplification", () => {
  test("is the number of attempts when every job takes that many", () => {
    expect(amplification(of({ asked: 100, first: 100, again: 300 }))).toBe(4);
  });

  test("is one when a backlog is worked off without failures, however few jobs are added", () => {
    expect(amplification(of({ asked: 3, first: 9_000 }))).toBe(1);
  });

  test("is not told of few jobs", () => {
    expect(amplification(of({ asked: 7, first: 7, again: 21 }))).toBeNull();
    expect(amplification(NO_ATTEMPTS)).toBeNull();
  });

  test("is finite, and grows with every repeat", () => {
    fc.assert(
      fc.property(anyAttempts, (attempts) => {
        fc.pre(jobsOf(attempts) >= MIN_JOBS);
        const factor = amplification(attempts);
        expect(factor).toBeGreaterThanOrEqual(0);
        expect(factor).toBeLessThan(Number.POSITIVE_INFINITY);
        const more = amplification({ ...attempts, again: attempts.again + 1 });
        expect(more).toBeGreaterThan(factor ?? 0);
      }),
    );
  });
});

describe("what to expect", () => {
  test("the formula is the sum of its series", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        (p, n) => {
          const sum = Array.from({ length: n }, (_, k) => p ** k).reduce((a, b) => a + b, 0);
          expect(expectedAttempts(p, n)).toBeCloseTo(sum, 6);
          expect(expectedAttempts(p, n)).toBeLessThanOrEqual(n + 1e-9);
          expect(expectedAttempts(p, n)).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });

  test("a simulation of independent failures comes out there", () => {
    const [p, n, jobs] = [0.4, 5, 20_000];
    // A fixed sequence: the test cannot fail by chance.
    let seed = 7;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    let begun = 0;
    for (let job = 0; job < jobs; job += 1) {
      for (let attempt = 1; attempt <= n; attempt += 1) {
        begun += 1;
        if (random() >= p) break;
      }
    }
    expect(begun / jobs).toBeCloseTo(expectedAttempts(p, n), 1);
  });
});

describe("the budget", () => {
  test("a fifth of the jobs retried is all of it", () => {
    expect(budgetUsed(of({ asked: 100, first: 100, retries: 20 }))).toBeCloseTo(1);
    expect(budgetUsed(of({ asked: 7, retries: 7 }))).toBeNull();
  });

  test("does not depend on how a window is cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(anyAttempts, { minLength: 1, maxLength: 8 }), fc.nat(8), (parts, at) => {
        const all = parts.reduce(addAttempts, NO_ATTEMPTS);
        const left = parts.slice(0, at).reduce(addAttempts, NO_ATTEMPTS);
        const right = parts.slice(at).reduce(addAttempts, NO_ATTEMPTS);
        expect(addAttempts(left, right)).toEqual(all);
        expect(failureShare(all) ?? 0).toBeLessThanOrEqual(1);
      }),
    );
  });
});
