import { describe, expect, test } from "vitest";
import { type Attempts, NO_ATTEMPTS } from "./arithmetic.ts";
import { dominant, judgeStorm, type StormView } from "./storm.ts";

const of = (some: Partial<Attempts>): Attempts => ({ ...NO_ATTEMPTS, ...some });

const outage = of({ asked: 60, first: 60, again: 90, completed: 10, failed: 20, retries: 110 });
const calm = of({ asked: 700, first: 700, again: 20, completed: 690, failed: 5, retries: 20 });
const refused = { "connect ECONNREFUSED #": 90, "card declined": 5 };

const judge = (some: Partial<StormView>) =>
  judgeStorm({ now: outage, before: calm, errors: refused, going: false, ...some });

describe("a storm", () => {
  test("is many repeats, little success and one error behind it", () => {
    expect(judge({})).toMatchObject({ repeats: 0.6, error: "connect ECONNREFUSED #" });
  });

  test("needs each of the three", () => {
    expect(judge({ now: { ...outage, again: 5 } })).toBeNull();
    expect(judge({ now: { ...outage, completed: 900 } })).toBeNull();
    expect(judge({ errors: { a: 50, b: 50 } })).toBeNull();
  });

  test("needs enough to judge", () => {
    expect(judge({ now: of({ first: 3, again: 9, failed: 3, retries: 9 }) })).toBeNull();
    expect(judge({ errors: { "connect ECONNREFUSED #": 9 } })).toBeNull();
    expect(judge({ now: NO_ATTEMPTS })).toBeNull();
  });

  test("is judged without an hour before it, and not where it is always like that", () => {
    expect(judge({ before: NO_ATTEMPTS })).not.toBeNull();
    expect(judge({ before: outage })).toBeNull();
  });

  test("once seen, goes on until it is clearly over", () => {
    const fading = of({ first: 60, again: 15, completed: 55, failed: 5, retries: 15 });
    expect(judge({ now: fading })).toBeNull();
    expect(judge({ now: fading, before: outage, going: true })).not.toBeNull();
    expect(judge({ now: calm, going: true })).toBeNull();
  });
});

test("failures that are not told apart do not count as one kind", () => {
  expect(dominant({ "": 90, a: 10 })).toBeNull();
  expect(dominant({ "": 10, a: 90 })).toEqual({ kind: "a", share: 0.9 });
});
