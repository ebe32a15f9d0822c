import { expect, test } from "vitest";
import { DAY_LENGTH_MS } from "../settings.ts";
import { rhythm } from "./rhythm.ts";

const MINUTE_MS = DAY_LENGTH_MS / 20;

test("a day has its average rate, and never a moment without customers", () => {
  const moments = Array.from({ length: 1_000 }, (_, at) => rhythm((at / 1_000) * DAY_LENGTH_MS));
  expect(moments.reduce((sum, one) => sum + one, 0) / moments.length).toBeCloseTo(1, 5);
  expect(Math.min(...moments)).toBeGreaterThan(0.3);
});

test("noon is the busiest time, and the quiet hours are quiet", () => {
  const noon = rhythm(7.5 * MINUTE_MS);
  expect(noon).toBeGreaterThan(rhythm(5 * MINUTE_MS));
  expect(noon).toBeGreaterThan(rhythm(10 * MINUTE_MS));
  expect(rhythm(17.5 * MINUTE_MS)).toBeLessThan(noon / 4);
});
