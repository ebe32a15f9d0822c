import { expect, test } from "vitest";
import { peakOf } from "./wave-peak.ts";

const MINUTE = 60_000;
const at = (minute: number) => new Date(minute * MINUTE).toISOString();
const buckets = (...retrying: (number | null)[]) =>
  retrying.map((count, minute) => ({ at: minute * MINUTE, total: 100, retrying: count }));

test("the peak is the fullest minute with its shoulders", () => {
  expect(peakOf(buckets(1, 20, 80, 10, 2, 80), MINUTE)).toMatchObject({
    from: at(1),
    to: new Date(4 * MINUTE - 1).toISOString(),
    total: 300,
    retrying: 110,
  });
});

test("a herd stands out from the mean, an even flow does not", () => {
  expect(peakOf(buckets(...Array<number>(19).fill(0), 400), MINUTE)?.toMean).toBe(20);
  expect(peakOf(buckets(...Array<number>(20).fill(50)), MINUTE)?.toMean).toBe(1);
});

test("a herd that is due next is compared with the minutes behind it, but not with all of them", () => {
  expect(peakOf(buckets(400, ...Array<number>(59).fill(0)), MINUTE)?.toMean).toBe(10);
});

test("without retries there is no peak, and what is not known counts as none", () => {
  expect(peakOf(buckets(0, 0, null), MINUTE)).toBeNull();
  expect(peakOf([], MINUTE)).toBeNull();
});
