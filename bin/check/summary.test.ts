import { expect, test } from "vitest";
import { summary } from "./summary.ts";

const stages = [{ name: "lint" }, { name: "unit" }, { name: "end to end" }];

test("the last line adds up every stage, and stages after a failure are shown as not run", () => {
  const text = summary(stages, [
    { name: "lint", passed: 1, failed: 0, skipped: 0, seconds: 0.4 },
    { name: "unit", passed: 40, failed: 2, skipped: 1, seconds: 3 },
  ]);
  expect(text.split("\n").at(-1)).toBe("41 passed, 2 failed");
  expect(text).toMatch(/✓ lint +1 passed +0\.4 s/);
  expect(text).toMatch(/✗ unit +40 passed, 2 failed, 1 skipped +3\.0 s/);
  expect(text).toMatch(/- end to end +not run/);
});

test("a failure before the first stage is not lost", () => {
  const text = summary(stages, [
    { name: "preparation", passed: 0, failed: 1, skipped: 0, seconds: 0 },
  ]);
  expect(text).toContain("✗ preparation");
  expect(text.split("\n").at(-1)).toBe("0 passed, 1 failed");
});
