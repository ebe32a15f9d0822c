import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addTerm, hasTerm, quoted, searchTokens, withTerm } from "./search-text.ts";

const typed = fc.array(
  fc.constantFrom(
    "queue:",
    "-name:",
    "failed:<2h",
    "data.user.id:42",
    '"',
    "\\",
    " ",
    "é",
    "a:",
    "-",
    ":",
    "\t",
    "group:7",
  ),
  { maxLength: 12 },
);

describe("searchTokens", () => {
  it("loses nothing of what was typed", () => {
    fc.assert(
      fc.property(typed, (parts) => {
        const text = parts.join("");
        const tokens = searchTokens(text);
        expect(tokens.map((token) => token.text).join("")).toBe(text);
        for (const token of tokens) expect(text.indexOf(token.text, token.from)).toBe(token.from);
      }),
    );
  });

  it("knows terms, phrases and words", () => {
    const kinds = searchTokens('timeout queue:"a b" -state:any "two words"').map(
      ({ kind, text, qualifier }) => [kind, text, qualifier],
    );
    expect(kinds.filter(([kind]) => kind !== "space")).toEqual([
      ["text", "timeout", null],
      ["term", 'queue:"a b"', "queue"],
      ["term", "-state:any", "state"],
      ["text", '"two words"', null],
    ]);
  });
});

describe("terms", () => {
  it("are added once", () => {
    const q = addTerm("timeout", "group", "7");
    expect(q).toBe("timeout group:7");
    expect(addTerm(q, "group", "7")).toBe(q);
  });

  it("replace each other when only one can be meant", () => {
    const q = withTerm("failed:<2h timeout queue:x", "failed", "a..b");
    expect(q).toBe("timeout queue:x failed:a..b");
    expect(withTerm(q, "failed", null)).toBe("timeout queue:x");
    expect(hasTerm(q, "failed")).toBe(true);
    expect(hasTerm(q, "state")).toBe(false);
  });

  it("quote values that would fall apart", () => {
    expect(quoted("payments~bull:emails")).toBe("payments~bull:emails");
    fc.assert(
      fc.property(fc.string(), (value) => {
        const tokens = searchTokens(`name:${quoted(value)}`);
        expect(tokens).toHaveLength(1);
      }),
    );
  });
});
