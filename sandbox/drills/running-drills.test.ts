import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRunningDrills } from "./running-drills.ts";

const KNOWN = [{ name: "slow-query" }, { name: "cache-flush" }];
const run = {
  name: "slow-query",
  startedAt: "2026-01-02T03:00:00.000Z",
  endsAt: "2026-01-02T03:10:00.000Z",
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drills-"));
  file = join(folder, "drills.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a drill that was begun is still there when the file is opened again", () => {
  openRunningDrills(file, KNOWN).begin(run);
  expect(openRunningDrills(file, KNOWN).list()).toEqual([run]);
});

test("beginning it again moves its end instead of running it twice", () => {
  const drills = openRunningDrills(file, KNOWN);
  drills.begin(run);
  drills.begin({ ...run, endsAt: "2026-01-02T03:20:00.000Z" });
  expect(drills.list()).toHaveLength(1);
  expect(drills.find("slow-query")?.endsAt).toBe("2026-01-02T03:20:00.000Z");
});

test("what ended is remembered with its real end", () => {
  const drills = openRunningDrills(file, KNOWN);
  drills.begin(run);
  drills.end("slow-query", new Date("2026-01-02T03:04:00.000Z"));
  const again = openRunningDrills(file, KNOWN);
  expect(again.list()).toEqual([]);
  expect(again.ended()).toEqual([{ ...run, endsAt: "2026-01-02T03:04:00.000Z" }]);
});

test("a drill that this version does not know is dropped", () => {
  openRunningDrills(file, KNOWN).begin(run);
  expect(openRunningDrills(file, [{ name: "cache-flush" }]).list()).toEqual([]);
});
