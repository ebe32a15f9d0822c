import { expect, test } from "vitest";
import { whatRetryDoes } from "./child-retry.ts";

const parent = { queue: "bull:months", job: "m-1", state: null, onFailure: null };

test.each([
  ["waiting-children", null, "waits for it"],
  ["failed", "fails", "retry the parent when this job has completed"],
  ["failed", null, "failed and stays failed"],
  ["completed", "ignores", "does not run again"],
  ["active", "continues", "went on without it (active)"],
  ["waiting", "fails", "about to fail"],
  ["waiting", "forgets", "nor see its result"],
  [null, "fails", "only this job runs"],
] as const)("a parent that is %s (%s): %s", (state, onFailure, words) => {
  expect(whatRetryDoes({ ...parent, state, onFailure })).toContain(words);
});
