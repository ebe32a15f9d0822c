import { expect, test } from "vitest";
import type { SeriesPoint } from "#lib/samples/types.ts";
import { totalsAt } from "./trend.ts";

const seen = (sum: number, mean: number): SeriesPoint => ({
  at: "2026-01-01T00:00:00.000Z",
  count: 1,
  sum,
  mean,
  min: mean,
  max: mean,
  last: mean,
});
const unseen: SeriesPoint = {
  ...seen(0, 0),
  count: 0,
  sum: null,
  mean: null,
  min: null,
  max: null,
  last: null,
};

test("entities are added up by metric, and what was not observed adds nothing", () => {
  const series = [
    { entity: "a", metric: "hits", points: [seen(10, 5), unseen] },
    { entity: "b", metric: "hits", points: [seen(2, 1), unseen] },
    { entity: "a", metric: "misses", points: [unseen, unseen] },
  ];
  expect(totalsAt(series, 0)).toEqual(new Map([["hits", { sum: 12, mean: 6 }]]));
  expect(totalsAt(series, 1).size).toBe(0);
});
