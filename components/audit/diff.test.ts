import { expect, test } from "vitest";
import { changesBetween } from "./diff.ts";

test("shows changed, added and removed leaves only", () => {
  const changes = changesBetween(
    { state: "failed", attempts: 3, old: true, same: { x: 1 } },
    { state: "waiting", attempts: 3, fresh: [1], same: { x: 1 } },
  );
  expect(changes).toEqual([
    { path: "state", before: '"failed"', after: '"waiting"' },
    { path: "old", before: "true", after: null },
    { path: "fresh.0", before: null, after: "1" },
  ]);
});

test("a thing that came or went is all of its leaves", () => {
  expect(changesBetween(null, { a: null, b: {} })).toEqual([
    { path: "a", before: null, after: "null" },
    { path: "b", before: null, after: "{}" },
  ]);
  expect(changesBetween(null, null)).toEqual([]);
});
