import { expect, test } from "vitest";
import { shownProgress } from "./progress.ts";

test.each([
  ["42", 42],
  ["0", 0],
  ["99.5", 99.5],
])("a bare percentage is shown to everybody: %s", (raw, percent) => {
  expect(shownProgress(raw, false)).toEqual({ progress: raw, percent });
});

test("of more than a percentage, the percentage is shown and the rest is masked", () => {
  const raw = '{"percent":42,"customer":4711,"vip":true}';
  const { progress, percent } = shownProgress(raw, false);
  expect(percent).toBe(42);
  expect(progress).not.toMatch(/42|4711|: true/);
  expect(shownProgress(raw, true)).toEqual({ progress: raw, percent: 42 });
});

test.each(["4711", "-1", "true", '"for ada"', '{"percent":"ada"}', "ada"])(
  "%s is no percentage, and masked",
  (raw) => {
    const { progress, percent } = shownProgress(raw, false);
    expect(percent).toBeNull();
    expect(progress).toContain("•••");
    expect(progress).not.toMatch(/4711|-1|^true|ada/);
  },
);

test.each([null, undefined, ""])("%j is none", (raw) => {
  expect(shownProgress(raw, false)).toEqual({ progress: null, percent: null });
});
