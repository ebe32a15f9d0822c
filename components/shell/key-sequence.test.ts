import { describe, expect, it } from "vitest";
import { NO_KEYS, pressKey, type KeyCommand, type KeyPress } from "./key-sequence.ts";

const hotkeys = new Set(["q", "u"]);

/** The commands of keys pressed 100 ms apart, or at the given times. */
function type(...keys: (string | Partial<KeyPress>)[]): KeyCommand[] {
  let state = NO_KEYS;
  return keys.flatMap((key, step) => {
    const press = {
      key: "",
      ctrl: false,
      meta: false,
      alt: false,
      at: step * 100,
      ...(typeof key === "string" ? { key } : key),
    };
    const next = pressKey(state, press, hotkeys);
    state = next.state;
    return next.command ? [next.command] : [];
  });
}

describe("pressKey", () => {
  it("goes to a place by g and its letter", () => {
    expect(type("g", "q")).toEqual([{ type: "go", hotkey: "q" }]);
    expect(type("g", "Shift", "Q")).toEqual([{ type: "go", hotkey: "q" }]);
  });
  it("forgets g after a while, and a letter that leads nowhere", () => {
    expect(type("g", { key: "q", at: 1_600 })).toEqual([]);
    expect(type("g", "z", "q")).toEqual([]);
  });
  it("does not take the second letter for a key of its own", () => {
    expect(type("g", "j")).toEqual([]);
  });
  it("opens the palette with Ctrl or ⌘, but leaves other chords to the browser", () => {
    expect(type({ key: "k", ctrl: true }, { key: "K", meta: true })).toEqual([
      { type: "palette" },
      { type: "palette" },
    ]);
    expect(
      type({ key: "j", ctrl: true }, { key: "/", meta: true }, { key: "x", alt: true }),
    ).toEqual([]);
    expect(type("g", { key: "q", ctrl: true })).toEqual([]);
  });
  it("knows the single keys", () => {
    expect(type("/", "?", "j", "k", "x", "X", "a")).toEqual([
      { type: "filter" },
      { type: "help" },
      { type: "row", move: 1 },
      { type: "row", move: -1 },
      { type: "select" },
      { type: "select" },
    ]);
  });
});
