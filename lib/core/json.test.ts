import fc from "fast-check";
import { expect, test } from "vitest";
import { storableJson } from "./json.ts";

test.each([
  ["a\0b", "a\uFFFDb"],
  ["half \uD83D", "half \uFFFD"],
  ["whole 😀", "whole 😀"],
  ["\\u0000 is text", "\\u0000 is text"],
  ["\\\0", "\\\uFFFD"],
])("%j is stored as %j", (text, stored) => {
  expect(JSON.parse(storableJson({ [text]: [text] }))).toEqual({ [stored]: [stored] });
});

test("whatever it holds, what is stored is well formed and without NUL; all else stays", () => {
  const hostile = fc.string({
    unit: fc.constantFrom("\0", "\uD83D", "\uDE00", "\\", "u0000", "ud83d", '"', "a", "é"),
  });
  fc.assert(
    fc.property(fc.array(hostile), (texts) => {
      const plain = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD");
      expect(JSON.parse(storableJson(texts))).toEqual(texts.map(plain));
    }),
  );
});
