import { expect, test } from "vitest";
import type { Finished } from "./observe/finished.ts";
import { type Past, windowOf } from "./window.ts";

const now = new Date("2026-11-23T12:00:00Z");
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);
const finished = (completed: number | null, failed: number | null): Finished => ({
  completed,
  failed,
  from: "events",
  estimatedBecause: null,
});
const past = (metric: string, sum: number, rateSum: number, rateCount: number): Past => ({
  entity: "bull:mails",
  metric,
  sum,
  rateSum,
  rateCount,
  rateFrom: rateCount > 0 ? ago(rateCount * 15) : null,
});

test("nothing is known before anything was observed", () => {
  expect(windowOf(finished(null, null), [], { now, before: null })).toMatchObject({
    completed: null,
    failureRatio: null,
    completedPerMinute: null,
  });
});

test("the first observation counts over the time since the look before it", () => {
  const window = windowOf(finished(10, 0), [], { now, before: ago(30) });
  expect(window).toMatchObject({ completed: 10, completedPerMinute: 20, failureRatio: 0 });
});

test("rates cover the last minutes, the ratio the whole window", () => {
  const earlier = [past("finished_ok", 90, 30, 3), past("finished_failed", 19, 0, 3)];
  const window = windowOf(finished(10, 1), earlier, { now, before: ago(15) });
  // Four observations of 15 s each.
  expect(window).toMatchObject({ completedPerMinute: 40, failedPerMinute: 1 });
  expect(window.failureRatio).toBeCloseTo(20 / 120);
});

test("an observation that could not tell leaves the earlier ones standing", () => {
  const earlier = [past("finished_ok", 30, 30, 4), past("finished_failed", 10, 10, 4)];
  expect(windowOf(finished(null, null), earlier, { now, before: ago(15) })).toMatchObject({
    completed: 30,
    failed: 10,
    failureRatio: 0.25,
  });
});

test("no finished job is no ratio", () => {
  expect(windowOf(finished(0, 0), [], { now, before: ago(15) }).failureRatio).toBeNull();
});
