import { expect, test } from "vitest";
import { freshnessOf, worstFreshness } from "./freshness.ts";

const now = new Date("2026-01-01T12:00:00Z");
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);

test.each([
  [
    "fresh up to three intervals",
    { intervalMs: 10_000, lastSuccessAt: ago(30), blindSince: null },
    "fresh",
  ],
  [
    "stale after three intervals",
    { intervalMs: 10_000, lastSuccessAt: ago(31), blindSince: null },
    "stale",
  ],
  [
    "blind while failing, however recent the last success",
    { intervalMs: 10_000, lastSuccessAt: ago(5), blindSince: ago(1) },
    "blind",
  ],
  [
    "waiting before the first attempt",
    { intervalMs: 10_000, lastSuccessAt: null, blindSince: null },
    "waiting",
  ],
] as const)("%s", (_what, times, expected) => {
  expect(freshnessOf(times, now)).toBe(expected);
});

test("one blind signal makes its source blind", () => {
  expect(worstFreshness(["fresh", "blind", "stale"])).toBe("blind");
  expect(worstFreshness(["fresh", "fresh"])).toBe("fresh");
  expect(worstFreshness([])).toBe("waiting");
});
