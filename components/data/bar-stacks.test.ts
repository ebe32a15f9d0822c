import { describe, expect, it } from "vitest";
import { barStacks } from "./bar-stacks.ts";

const series = ["a", "b"].map((id) => ({ id, label: id, points: [] }));
const row = (at: number, a: number | null, b: number) =>
  ({ at, a, b }) as Parameters<typeof barStacks>[0][number];

describe("barStacks", () => {
  it("stacks parts upwards and fills the box with the highest bar", () => {
    expect(barStacks([row(0, 1, 3), row(1, 2, 0)], series)).toEqual([
      { x: 0, y: 0.75, height: 0.25, series: 0 },
      { x: 0, y: 0, height: 0.75, series: 1 },
      { x: 1, y: 0.5, height: 0.5, series: 0 },
    ]);
  });

  it("keeps a single failure visible beside a flood, and draws nothing for none", () => {
    const parts = barStacks([row(0, 1, 0), row(1, 100_000, 0), row(2, null, 0)], series);
    expect(parts).toHaveLength(2);
    expect(parts[0]!.height).toBeGreaterThan(0.01);
  });
});
