import { describe, expect, it } from "vitest";
import { navGroups } from "./entries.tsx";
import { isCurrent } from "./is-current.ts";
import { grouped, matches } from "./palette-commands.ts";
import { readKeys } from "./event-stream.ts";

const signals = [
  { id: "queries", title: "Queries", href: "/queries", hotkey: "q" },
  { id: "queues", title: "Queues", href: "/queues", hotkey: "u" },
];

describe("places", () => {
  it("have letters of their own", () => {
    const letters = navGroups(signals)
      .flat()
      .map((entry) => entry.hotkey);
    expect(new Set(letters).size).toBe(letters.length);
  });
  it.each([
    ["/queues", "/queues", true],
    ["/queues", "/queues/emails", true],
    ["/queues", "/queues-old", false],
    ["/", "/queues", false],
    ["/", "/", true],
    ["/settings/sources", "/settings/users", true],
  ])("%s on %s", (href, pathname, current) => {
    expect(isCurrent(href, pathname)).toBe(current);
  });
});

describe("palette", () => {
  const dark = { id: "dark", label: "Dark theme", group: "Look", keywords: "night" };
  it("finds by words in any order, keywords included", () => {
    expect(matches(dark, "theme dark")).toBe(true);
    expect(matches(dark, "NIGHT")).toBe(true);
    expect(matches(dark, "dark queue")).toBe(false);
  });
  it("keeps groups in order of appearance", () => {
    expect(
      grouped([dark, { ...dark, id: "x", group: "Go to" }, { ...dark, id: "y" }]).map((group) => [
        group.value,
        group.items.length,
      ]),
    ).toEqual([
      ["Look", 2],
      ["Go to", 1],
    ]);
  });
});

describe("readKeys", () => {
  it("takes lists of texts and nothing else", () => {
    expect(readKeys('{"keys":[["signals","queues"],["overview"],"x",[1]]}')).toEqual([
      ["signals", "queues"],
      ["overview"],
    ]);
    expect(readKeys('{"keys":5}')).toBeNull();
    expect(readKeys("nonsense")).toBeNull();
  });
});
