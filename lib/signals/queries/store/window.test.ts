import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "#lib/core/time.ts";
import { windowParts } from "./window.ts";

const now = new Date("2026-03-10T12:34:56Z");

const window = fc
  .record({
    age: fc.integer({ min: 0, max: 13 * DAY }),
    span: fc.integer({ min: MINUTE, max: 13 * DAY }),
  })
  .map(({ age, span }) => ({
    from: new Date(now.getTime() - age - span),
    to: new Date(now.getTime() - age),
  }))
  .filter(({ from }) => now.getTime() - from.getTime() < 14 * DAY);

test("the parts of a window touch and neither overlap nor leave a gap", () => {
  fc.assert(
    fc.property(window, ({ from, to }) => {
      const parts = windowParts({ from, to }, now);
      expect(parts[0]!.from).toEqual(from);
      expect(parts.at(-1)!.to).toEqual(to);
      for (const [at, part] of parts.slice(1).entries()) expect(part.from).toEqual(parts[at]!.to);
      for (const part of parts.filter(({ table }) => table === "queries_delta_1h")) {
        expect(part.from.getTime() % HOUR).toBe(0);
        expect(part.to.getTime() % HOUR === 0 || part.to >= now).toBe(true);
      }
    }),
  );
});

test("a short window reads minutes only, an old one whole hours", () => {
  const tables = (from: Date, to: Date): string[] =>
    windowParts({ from, to }, now).map(({ table }) => table);
  expect(tables(new Date(now.getTime() - HOUR), now)).toEqual(["queries_delta"]);
  expect(tables(new Date(now.getTime() - 7 * DAY), now)).toEqual([
    "queries_delta",
    "queries_delta_1h",
  ]);
  expect(tables(new Date(now.getTime() - 30 * DAY), now)).toEqual(["queries_delta_1h"]);
});
