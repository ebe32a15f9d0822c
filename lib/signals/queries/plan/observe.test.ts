import { expect, test } from "vitest";
import { observePlan } from "./observe.ts";
import type { PlanNotes } from "./plan.ts";
import { planShape, planWord } from "./shape.ts";

const payments = { schema: "app", name: "payment", rows: 300_000, bytes: 60_000_000 };
const notes = (change: Partial<PlanNotes> = {}): PlanNotes => ({
  part: "whole",
  searchPath: [],
  pruning: true,
  settings: {},
  relations: [payments],
  assumedListLength: 0,
  ...change,
});
const scan = (change: object = {}) => ({
  "Node Type": "Seq Scan",
  Schema: "app",
  "Relation Name": "payment",
  "Plan Rows": 12,
  Filter: "(note = $1)",
  ...change,
});

test("a scan of a big table says how much it reads for how little", () => {
  expect(observePlan(scan(), notes())).toEqual([
    "Reads all 300,000 rows of payment to keep about 12 of them.",
  ]);
  expect(observePlan(scan({ "Plan Rows": 200_000 }), notes())[0]).toContain(
    "and keeps about 200,000",
  );
});

test.each([
  ["a small table", notes({ relations: [{ ...payments, rows: 900, bytes: 80_000 }] })],
  ["a table of unknown size", notes({ relations: [{ ...payments, rows: null }] })],
  ["a table of another schema", notes({ relations: [{ ...payments, schema: "other" }] })],
])("%s is not worth a word", (_what, given) => {
  expect(observePlan(scan(), given)).toEqual([]);
});

test("how the plan was made is part of what it says", () => {
  const said = observePlan(
    { "Node Type": "Result" },
    notes({
      part: "search",
      searchPath: ["app"],
      pruning: false,
      settings: { work_mem: "64MB" },
      assumedListLength: 10,
    }),
  );
  expect(said).toHaveLength(5);
  expect(said.join(" ")).toMatch(
    /search for rows.*10 elements.*in app.*partitions.*work_mem = 64MB/,
  );
});

test("an index walked from its beginning and a large sort are told", () => {
  const plan = {
    "Node Type": "Sort",
    "Plan Rows": 250_000,
    Plans: [{ "Node Type": "Index Scan", "Index Name": "payment_pkey", Filter: "(note = $1)" }],
  };
  expect(observePlan(plan, notes())).toEqual([
    expect.stringContaining("payment_pkey"),
    expect.stringContaining("250,000"),
  ]);
});

test("a plan's shape names its joins and scans", () => {
  const plan = {
    "Node Type": "Limit",
    Plans: [
      {
        "Node Type": "Hash Join",
        Plans: [scan(), { "Node Type": "Hash", Plans: [scan({ "Relation Name": "shop" })] }],
      },
    ],
  };
  expect(planShape(plan)).toBe("Hash Join · Seq Scan on payment · Seq Scan on shop");
  expect(planShape({ "Node Type": "Result" })).toBe("Result");
  expect(planWord(plan)).toBe("Hash Join");
  expect(planWord(scan())).toBe("Seq Scan");
});
