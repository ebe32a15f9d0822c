import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compactJson, layout, prettyJson, tokenize } from "./raw-json.ts";

describe("prettyJson", () => {
  it("keeps numbers exactly as written", () => {
    const text = '{"id":9007199254740993,"amount":1.10,"tiny":1E-7,"zero":-0}';
    expect(prettyJson(text)).toBe(
      '{\n  "id": 9007199254740993,\n  "amount": 1.10,\n  "tiny": 1E-7,\n  "zero": -0\n}',
    );
  });

  it("keeps escapes, repeated keys and colons inside strings", () => {
    const text = String.raw`{"a":"\u00e9 \n : , {","a":[1,{}],"b":[]}`;
    expect(prettyJson(text)).toBe(
      String.raw`{
  "a": "\u00e9 \n : , {",
  "a": [
    1,
    {}
  ],
  "b": []
}`,
    );
  });

  it.each(["", "{", '{"a":}', "[1,]", "undefined", "{'a':1}", "1 2", '"open'])(
    "returns %j as it is, since it is not JSON",
    (text) => {
      expect(layout(text)).toBeNull();
      expect(prettyJson(text)).toBe(text);
    },
  );

  it("gives up on nesting that nobody can read", () => {
    const deep = "[".repeat(5_000) + "]".repeat(5_000);
    expect(layout(deep)).toBeNull();
  });

  it("changes nothing but whitespace", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, "\t"), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        expect(tokenize(prettyJson(spaced))).toEqual(tokenize(spaced));
      }),
    );
  });

  it("changes no token of numbers that floats cannot hold", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })), (numbers) => {
        const text = `{"ids":[${numbers.join(",")}]}`;
        expect(prettyJson(text).replaceAll(/\s/g, "")).toBe(text);
      }),
    );
  });
});

describe("layout", () => {
  it("says which line closes a block and how much is inside", () => {
    const lines = layout('{"a":[1,2,3],"b":{}}')!;
    expect(lines.map(({ depth, closes, entries }) => [depth, closes, entries])).toEqual([
      [0, 7, 2],
      [1, 5, 3],
      [2, null, 0],
      [2, null, 0],
      [2, null, 0],
      [1, null, 0],
      [1, null, 0],
      [0, null, 0],
    ]);
  });
});

describe("compactJson", () => {
  it("undoes the layout of what JSON.stringify wrote, digit by digit", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const written = JSON.stringify(JSON.parse(text));
        expect(compactJson(prettyJson(written))).toBe(written);
      }),
    );
    const large = '{"id":9007199254740993,"amount":1.10}';
    expect(compactJson(prettyJson(large))).toBe(large);
  });

  it("leaves what is not JSON alone", () => {
    expect(compactJson("a,  b")).toBe("a,  b");
  });
});
