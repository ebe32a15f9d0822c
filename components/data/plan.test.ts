import { describe, expect, it } from "vitest";
import { planText, readPlan } from "./plan.ts";

const explain = [
  {
    Plan: {
      "Node Type": "Sort",
      "Total Cost": 100,
      "Plan Rows": 5,
      "Plan Width": 8,
      "Sort Key": ["p.created_at DESC", "p.id"],
      Plans: [
        {
          "Node Type": "Seq Scan",
          "Relation Name": "payment",
          Alias: "p",
          "Total Cost": 90,
          "Plan Rows": 5,
          "Plan Width": 8,
          Filter: "(status = 'open'::text)",
        },
      ],
    },
  },
];

describe("readPlan", () => {
  it("gives each node its own part of the cost", () => {
    const [sort, scan] = readPlan(explain);
    expect(sort).toMatchObject({
      type: "Sort",
      depth: 0,
      selfCost: 10,
      share: 0.1,
      children: [1],
      flags: [],
    });
    expect(scan).toMatchObject({ parent: 0, depth: 1, target: "on payment p", share: 0.9 });
    expect(scan?.flags).toEqual(["reads the whole table to filter it", "most of the cost"]);
  });

  it("never gives a LIMIT a negative cost", () => {
    const limit = {
      Plan: {
        "Node Type": "Limit",
        "Total Cost": 1,
        Plans: [
          {
            "Node Type": "Index Scan",
            "Relation Name": "t",
            "Index Name": "t_pkey",
            "Total Cost": 500,
          },
        ],
      },
    };
    const [top, scan] = readPlan(limit);
    expect(top?.selfCost).toBe(0);
    expect(scan).toMatchObject({ share: 1, target: "on t using t_pkey" });
  });

  it("sees an estimate that is far off", () => {
    const analyzed = {
      Plan: {
        "Node Type": "Index Scan",
        "Total Cost": 8,
        "Plan Rows": 1,
        "Actual Rows": 4_000,
        "Actual Total Time": 3.2,
        "Actual Loops": 1,
      },
    };
    expect(readPlan(analyzed)[0]?.flags).toContain("estimate off by 10× or more");
  });

  it.each([null, undefined, [], {}, "text", [{ Plan: null }]])("has no nodes for %j", (value) => {
    expect(readPlan(value)).toEqual([]);
  });
});

describe("planText", () => {
  it("reads as PostgreSQL prints it", () => {
    expect(planText(readPlan(explain))).toBe(
      [
        "Sort  (cost=100 rows=5 width=8)",
        "  Sort Key: p.created_at DESC, p.id",
        "  ->  Seq Scan on payment p  (cost=90 rows=5 width=8)",
        "        Filter: (status = 'open'::text)",
      ].join("\n"),
    );
  });
});
