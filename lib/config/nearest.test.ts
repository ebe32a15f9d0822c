import { expect, it } from "vitest";
import { nearest } from "./nearest.ts";

it.each([
  ["intervall", "interval"],
  ["lables", "labels"],
  ["URL", "url"],
  ["kid", "kind"],
  ["password", null],
  ["", null],
])("%j means %j", (word, meant) => {
  expect(nearest(word, ["name", "kind", "url", "labels", "interval"])).toBe(meant);
});
