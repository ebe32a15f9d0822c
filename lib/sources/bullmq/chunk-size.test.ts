import { expect, test } from "vitest";
import { ChunkSize } from "./chunk-size.ts";

const sizesAfter = (lengths: readonly number[]): number[] => {
  const chunk = new ChunkSize();
  return lengths.map((length) => {
    chunk.came(length);
    return chunk.size;
  });
};

test("grows while entries are small, and never beyond what a surprise may cost", () => {
  expect(sizesAfter([10, 10, 10, 10, 10, 10])).toEqual([4, 8, 16, 20, 20, 20]);
});

test("huge entries come one at a time, and small ones behind them faster again", () => {
  expect(sizesAfter([10, 1_000_000, 1_000_000, 30_000, 10])).toEqual([4, 1, 1, 2, 4]);
});
