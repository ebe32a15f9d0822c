import { expect, test } from "vitest";
import { COUNTERS } from "../counters.ts";
import type { Working } from "../observation.ts";
import { dueForPlanning } from "./top.ts";

const now = new Date("2026-01-01T12:00:00Z");
const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);

function working(queryid: string, execMs: number, change: Partial<Working> = {}): Working {
  return {
    dbid: 5,
    userid: 10,
    queryid,
    toplevel: true,
    key: queryid,
    counters: COUNTERS.map((name) => (name === "exec_ms" ? execMs : name === "calls" ? 10 : 0)),
    own: false,
    kind: "SELECT",
    text: "select $1",
    truncated: false,
    attempt: null,
    ...change,
  };
}
const due = (...all: Working[]): string[] =>
  dueForPlanning({ working: all, dbid: 5, now }).map((each) => each.queryid);
const attempt = (change: object) => ({
  triedAt: minutes(-5),
  nextAt: minutes(5),
  failures: 0,
  meanMs: 10,
  ...change,
});

test("the costliest come first, five at a time", () => {
  expect(due(...[1, 9, 3, 7, 5, 8].map((ms) => working(`q${ms}`, ms)))).toEqual([
    "q9",
    "q8",
    "q7",
    "q5",
    "q3",
  ]);
});

test.each([
  ["our own", { own: true }],
  ["of another database", { dbid: 6 }],
  ["without text", { text: null }],
  ["without a plan by nature", { kind: "UTILITY" }],
  ["planned a moment ago", { attempt: attempt({}) }],
])("a statement %s is left out", (_what, change) => {
  expect(due(working("q", 100, change))).toEqual([]);
});

test("a plan is looked at again when its time has come", () => {
  expect(due(working("q", 100, { attempt: attempt({ nextAt: minutes(0) }) }))).toEqual(["q"]);
});

test("a statement that got much slower or faster is planned again at once, but not every minute", () => {
  expect(due(working("q", 1_000, { attempt: attempt({}) }))).toEqual(["q"]);
  expect(due(working("q", 1_000, { attempt: attempt({ meanMs: 900 }) }))).toEqual(["q"]);
  expect(due(working("q", 1_000, { attempt: attempt({ triedAt: minutes(-0.5) }) }))).toEqual([]);
  expect(due(working("q", 1_000, { attempt: attempt({ failures: 1 }) }))).toEqual([]);
});
