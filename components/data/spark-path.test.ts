import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sparkPath } from "./spark-path.ts";

describe("sparkPath", () => {
  it("breaks the line at a gap", () => {
    const { line, last } = sparkPath([1, 2, null, 4], 90, 20, true);
    expect(line.match(/M/g)).toHaveLength(2);
    expect(last?.value).toBe(4);
  });
  it("has nothing to draw where nothing was observed", () => {
    expect(sparkPath([null, null], 90, 20, true)).toMatchObject({ line: "", area: "", last: null });
    expect(sparkPath([], 90, 20, true).last).toBeNull();
  });
  it("stays inside its box", () => {
    const values = fc.array(fc.option(fc.double({ min: -1e6, max: 1e12, noNaN: true })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, fc.boolean(), (series, fromZero) => {
        const pairs = [
          ...sparkPath(series, 90, 20, fromZero).line.matchAll(/(-?[\d.]+) (-?[\d.]+)/g),
        ];
        for (const [, x, y] of pairs) {
          expect(Number(x)).toBeGreaterThanOrEqual(0);
          expect(Number(x)).toBeLessThanOrEqual(90);
          expect(Number(y)).toBeGreaterThanOrEqual(0);
          expect(Number(y)).toBeLessThanOrEqual(20);
        }
      }),
    );
  });
});
