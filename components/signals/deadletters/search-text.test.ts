import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasTerm, searchPieces, withoutTerm, withTerm } from "./search-text.ts";

const typed = fc
  .array(
    fc.constantFrom(
      "queue:a",
      "-name:",
      "failed:<2h",
      "data.user.id:42",
      '"',
      "\\",
      " ",
      "é",
      "a:",
      "-",
      "group:7",
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

describe("searchPieces", () => {
  it("loses nothing of what was typed", () => {
    fc.assert(
      fc.property(typed, (text) => {
        const pieces = searchPieces(text);
        expect(pieces.map((piece) => piece.text).join("")).toBe(text);
        for (const piece of pieces) expect(text.startsWith(piece.text, piece.from)).toBe(true);
      }),
    );
  });

  it("marks what is more than a word", () => {
    const marked = searchPieces('timeout queue:"a b" -provider foo:bar').filter(
      (piece) => piece.marked,
    );
    expect(marked.map(({ text }) => text)).toEqual(['queue:"a b"', "-provider"]);
  });
});

describe("terms", () => {
  it("replace what the search said about the same field, and leave the rest as it was typed", () => {
    const q = withTerm('failed:<2h "two  words" queue:x', { is: "group", id: "7" });
    expect(q).toBe('failed:<2h "two  words" queue:x group:7');
    expect(withTerm(q, { is: "group", id: "8" })).toMatch(/queue:x group:8$/);
    expect(hasTerm(q, "group")).toBe(true);
    expect(hasTerm(withoutTerm(q, "group"), "group")).toBe(false);
  });

  it("can be taken out of any search, and then are gone", () => {
    fc.assert(
      fc.property(typed, (text) => {
        const rest = withoutTerm(text, "queue");
        expect(hasTerm(rest, "queue")).toBe(false);
        expect(hasTerm(rest, "failed")).toBe(hasTerm(text, "failed"));
      }),
    );
  });
});
