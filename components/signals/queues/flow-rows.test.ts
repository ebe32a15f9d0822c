import { expect, test } from "vitest";
import type { FlowNode } from "#lib/signals/queues/client.ts";
import { flowRows, type KnownChildren, nodeKey } from "./flow-rows.ts";

const node = (job: string, children: number | null = null): FlowNode => ({
  queue: "bull:q",
  job,
  gone: false,
  name: job,
  state: "waiting",
  failedReason: null,
  attemptsMade: 0,
  maxAttempts: 1,
  onFailure: null,
  children: children === null ? null : { failed: 0, ignored: 0, pending: children, completed: 0 },
});
const read = (rows: FlowNode[], cursor: string | null = null): KnownChildren => ({
  rows,
  cursor,
  status: "read",
});
const key = (job: string) => nodeKey(node(job));
const lines = (...args: Parameters<typeof flowRows>) =>
  flowRows(...args).map(
    (row) => `${"  ".repeat(row.depth)}${row.kind === "job" ? row.node.job : row.kind}`,
  );

test("the job that is looked at is shown below its parents before its page is read", () => {
  const path = [node("root", 40), node("mid", 1), node("leaf")];
  const open = new Set([key("root"), key("mid")]);
  expect(lines(path, open, new Map())).toEqual([
    "root",
    "  mid",
    "    leaf",
    "    loading",
    "  loading",
  ]);
});

test("children come once, closed branches stay closed, and the rest is counted", () => {
  const path = [node("root", 40), node("b", 1)];
  const known = new Map([[key("root"), read([node("a"), node("b", 1)], "next")]]);
  const rows = flowRows(path, new Set([key("root")]), known);
  expect(rows.map((row) => row.kind)).toEqual(["job", "job", "job", "more"]);
  expect(rows[0]?.children).toEqual([1, 2, 3]);
  expect(rows[3]).toMatchObject({ kind: "more", cursor: "next", left: 38, parent: 0 });
});

test("a ring of jobs ends where it is closed", () => {
  const path = [node("a", 1)];
  const known = new Map([
    [key("a"), read([node("b", 1)])],
    [key("b"), read([node("a", 1)])],
  ]);
  const open = new Set([key("a"), key("b")]);
  expect(lines(path, open, known)).toEqual(["a", "  b", "    a"]);
});
