import { expect, test } from "vitest";
import type { Json } from "#lib/core/json.ts";
import { csvResponse, toCsv } from "./csv.ts";

test("columns are all that occur, missing cells are empty, nested values are JSON", () => {
  const rows: Record<string, Json>[] = [
    { a: 1, b: null },
    { a: "x,y", c: { d: [1, "z"] } },
  ];
  expect(toCsv(rows)).toBe('a,b,c\r\n1,,\r\n"x,y",,"{""d"":[1,""z""]}"\r\n');
});

test("text that a spreadsheet would run is kept as text", () => {
  const rows = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx"].map((text) => ({ text }));
  for (const line of toCsv(rows).trim().split("\r\n").slice(1)) expect(line).toMatch(/^"?'/);
  expect(toCsv([{ n: -5 }, { n: "-5.25" }])).toBe("n\r\n-5\r\n-5.25\r\n");
});

test("says in a header whether rows are missing", () => {
  expect(csvResponse([], "queues", true).headers.get("x-plumbline-truncated")).toBe("true");
});
