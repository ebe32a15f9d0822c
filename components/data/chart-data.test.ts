import { describe, expect, it } from "vitest";
import { chartRows, lonePoints, summarize } from "./chart-data.ts";

const at = (minute: number) => `2026-11-23T10:0${minute}:00Z`;
const time = (minute: number) => Date.parse(at(minute));
const points = (...values: (number | null)[]) =>
  values.map((value, minute) => ({ at: at(minute), value }));
const reads = { id: "reads", label: "Reads", points: points(1, null, 3) };
const writes = { id: "writes", label: "Writes", points: points(5, 6, 7) };

describe("chartRows", () => {
  it("joins by time and keeps gaps", () => {
    expect(chartRows([reads, writes], "line")).toEqual([
      { at: time(0), reads: 1, writes: 5 },
      { at: time(1), reads: null, writes: 6 },
      { at: time(2), reads: 3, writes: 7 },
    ]);
  });
  it("shows no partial sum in a stack", () => {
    expect(chartRows([reads, writes], "stack")[1]).toEqual({ at: time(1) });
  });
});

it("finds values that no line would show", () => {
  expect([...lonePoints(reads)]).toEqual([time(0), time(2)]);
  expect(lonePoints(writes).size).toBe(0);
});

it("tells what there is to see, gaps included", () => {
  const empty = { id: "x", label: "Errors", points: points(null) };
  expect(summarize("Operations", [reads, empty], (value) => `${value}/s`)).toBe(
    "Operations. Reads: last 3/s, lowest 1/s, highest 3/s, 1 of 3 points not observed. Errors: no data.",
  );
});
