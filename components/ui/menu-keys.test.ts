import { expect, it } from "vitest";
import { menuMove } from "./menu-keys.ts";

const labels = ["Pause", "Promote", "Remove"];

it.each([
  ["ArrowDown", 0, 1],
  ["ArrowDown", 2, 0],
  ["ArrowUp", 0, 2],
  ["ArrowUp", -1, 2],
  ["Home", 2, 0],
  ["End", 0, 2],
  ["p", 0, 1],
  ["p", 1, 0],
  ["R", 0, 2],
  ["z", 0, null],
  [" ", 0, null],
  ["Enter", 0, null],
])("%s from item %i goes to %s", (key, at, expected) => {
  expect(menuMove(key, at, labels)).toBe(expected);
});
