import { describe, expect, it } from "vitest";
import { treeMove } from "./tree-keys.ts";

// 0 ─ 1 ─ 2
//   └ 3
const nodes = [
  { id: 0, parent: null, children: [1, 3] },
  { id: 1, parent: 0, children: [2] },
  { id: 2, parent: 1, children: [] },
  { id: 3, parent: 0, children: [] },
];
const none = new Set<number>();

describe("treeMove", () => {
  it.each([
    ["ArrowDown", 0, { focus: 1 }],
    ["ArrowDown", 3, { focus: 3 }],
    ["ArrowUp", 0, { focus: 0 }],
    ["ArrowUp", 3, { focus: 2 }],
    ["Home", 2, { focus: 0 }],
    ["End", 0, { focus: 3 }],
    ["ArrowRight", 0, { focus: 1 }],
    ["ArrowRight", 2, null],
    ["ArrowLeft", 2, { focus: 1 }],
    ["ArrowLeft", 1, { open: false }],
    ["Enter", 1, { open: false }],
    ["Enter", 2, null],
    ["a", 0, null],
  ])("%s on %i", (key, focused, expected) => {
    expect(treeMove(key, focused, nodes, none)).toEqual(expected);
  });

  it("opens a closed branch before it goes in", () => {
    const visible = nodes.filter((node) => node.id !== 2);
    expect(treeMove("ArrowRight", 1, visible, new Set([1]))).toEqual({ open: true });
    expect(treeMove("ArrowLeft", 1, visible, new Set([1]))).toEqual({ focus: 0 });
  });
});
