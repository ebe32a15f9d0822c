import { expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "#lib/core/time.ts";
import { resolutionFor, windowBefore } from "./window.ts";

const now = new Date("2026-11-23T12:34:56.789Z");
const ago = (ms: number) => new Date(now.getTime() - ms);

test.each([
  ["the last 15 minutes", 15 * MINUTE, 0, "sample", "sample"],
  ["the last hour", HOUR, 0, "sample", "sample_1m"],
  ["the last 12 hours", 12 * HOUR, 0, "sample_1m", "sample_1m"],
  [
    "15 minutes of the day before yesterday",
    3 * DAY,
    3 * DAY - 15 * MINUTE,
    "sample_1m",
    "sample_1m",
  ],
  ["the last day", DAY, 0, "sample_1m", "sample_1h"],
  ["an hour three weeks ago", 21 * DAY, 21 * DAY - HOUR, "sample_1h", "sample_1h"],
] as const)("%s come from a table that holds them", (_what, from, to, one, many) => {
  const window = { from: ago(from), to: ago(to) };
  expect(resolutionFor(window, now, "one").table).toBe(one);
  expect(resolutionFor(window, now, "many").table).toBe(many);
});

test("a window begins with a whole bucket, so that none is left out", () => {
  const start = (span: number) =>
    resolutionFor({ from: ago(span), to: now }, now, "many").window.from;
  expect(start(15 * MINUTE)).toEqual(ago(15 * MINUTE));
  expect(start(6 * HOUR).toISOString()).toBe("2026-11-23T06:34:00.000Z");
  expect(start(DAY).toISOString()).toBe("2026-11-22T12:00:00.000Z");
});

test("the window before is as long and ends where this one begins", () => {
  const before = windowBefore({ from: ago(HOUR), to: now });
  expect(before).toEqual({ from: ago(2 * HOUR), to: ago(HOUR) });
});
