import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonMistake } from "./json-mistake.ts";

describe("jsonMistake", () => {
  it("finds none in JSON, whatever it holds", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(4), (text, indent) => {
        const laidOut = JSON.stringify(JSON.parse(text), null, indent);
        expect(jsonMistake(text)).toBeNull();
        expect(jsonMistake(laidOut)).toBeNull();
      }),
    );
  });

  it("agrees with the platform's parser on damaged JSON", () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:1e-. \n\\tx'))
      .map(([text, where, char]) => {
        const at = where % (text.length + 1);
        return text.slice(0, at) + char + text.slice(at + (where % 2));
      });
    fc.assert(
      fc.property(damaged, (text) => {
        expect(jsonMistake(text) === null).toBe(parses(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{\n  "id": 1,\n}', 3, 1, /take the , away/],
    ['{\n  "id" 1\n}', 2, 8, /a : is missing/],
    ["{'id': 1}", 1, 2, /double quotes/],
    ['{"a": "x\ny"}', 1, 7, /does not end/],
    ['{"a": [1, 2}', 1, 12, /, or \]/],
    ['{"a": 1} x', 1, 10, /should have ended/],
    ['{"a": 1', 1, 8, /, or }/],
    ['{"a": 01}', 1, 7, /a value is missing/],
    ["", 1, 1, /a value is missing/],
  ])("says where %j goes wrong", (text, line, column, message) => {
    expect(jsonMistake(text)).toMatchObject({ line, column });
    expect(jsonMistake(text)?.message).toMatch(message);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
