import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { folded, lineDiff, type DiffLine } from "./line-diff.ts";

const text = fc.array(fc.constantFrom("a", "b", "c", "{", "}", ""), { maxLength: 30 }).map(joined);
function joined(lines: readonly string[]): string {
  return lines.join("\n");
}
const side = (diff: readonly DiffLine[], kind: "old" | "new") =>
  joined(
    diff.filter((line) => line.kind === "same" || line.kind === kind).map((line) => line.text),
  );

describe("lineDiff", () => {
  it("holds both texts whole", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = lineDiff(before, after);
        expect(side(diff, "old")).toBe(before);
        expect(side(diff, "new")).toBe(after);
      }),
    );
  });

  it("says nothing about equal texts", () => {
    fc.assert(
      fc.property(text, (same) => {
        expect(lineDiff(same, same).every((line) => line.kind === "same")).toBe(true);
      }),
    );
  });

  it("keeps an insertion to the lines that were inserted", () => {
    expect(lineDiff("a\nb\nc", "a\nx\nb\nc").filter((line) => line.kind !== "same")).toEqual([
      { kind: "new", text: "x" },
    ]);
  });

  it("gives up on huge rewrites instead of holding the page up", () => {
    const many = (prefix: string) => joined(Array.from({ length: 5_000 }, (_, at) => prefix + at));
    const diff = lineDiff(many("a"), many("b"));
    expect(diff).toHaveLength(10_000);
  });
});

describe("folded", () => {
  it("leaves out only unchanged lines, and counts them", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = lineDiff(before, after);
        const parts = folded(diff);
        const shown = parts.flatMap((part) => part.lines);
        const skipped = parts.reduce((sum, part) => sum + part.skipped, 0);
        expect(shown.length + skipped).toBe(diff.length);
        expect(shown.filter((line) => line.kind !== "same")).toEqual(
          diff.filter((line) => line.kind !== "same"),
        );
      }),
    );
  });
});
