import { describe, expect, it } from "vitest";
import { csvHref, tableParams } from "./table-params.ts";

const defaults = { sort: "total_time", range: "1h", filters: ["source"] } as const;

describe("tableParams", () => {
  it("fills in the defaults", () => {
    expect(tableParams(defaults, {})).toEqual({ sort: "total_time", dir: "desc", range: "1h" });
  });
  it("takes known names only, the first of repeated ones", () => {
    expect(
      tableParams(defaults, { q: "wallet", dir: "asc", source: ["a", "b"], sel: "x", evil: "y" }),
    ).toEqual({
      q: "wallet",
      sort: "total_time",
      dir: "asc",
      range: "1h",
      source: "a",
    });
  });
  it("turns an unknown direction into the usual one", () => {
    expect(tableParams(defaults, { dir: "sideways" })["dir"]).toBe("desc");
  });
});

it("exports the whole list, not the page in view", () => {
  expect(csvHref("/api/v1/signals/queries", { q: "a b", cursor: "abc" })).toBe(
    "/api/v1/signals/queries?q=a+b&format=csv",
  );
});
