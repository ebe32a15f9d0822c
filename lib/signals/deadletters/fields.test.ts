import fc from "fast-check";
import { expect, test } from "vitest";
import { CUT_FIELD, fieldHash, fieldsOf } from "./fields.ts";
import { jsonLeaves } from "./json-leaves.ts";

const leaves = (text: string): string[] =>
  jsonLeaves(text, 200).leaves.map(({ path, value }) => `${path}=${value}`);

test("leaves are named by their keys, without the indexes of arrays", () => {
  const payload = {
    user: { id: 42 },
    items: [{ sku: "a" }, { sku: 'b "c"\n' }],
    ok: true,
    no: null,
  };
  expect(leaves(JSON.stringify(payload))).toEqual([
    "user.id=42",
    "items.sku=a",
    'items.sku=b "c"\n',
    "ok=true",
    "no=null",
  ]);
});

test.each([
  ["9007199254740993", ["=9007199254740993"]],
  ['{"id":9223372036854775807,"rate":1.50}', ["id=9223372036854775807", "rate=1.50"]],
  ['[[1],[2,"x"]]', ["=1", "=2", "=x"]],
  ['{"a\\"b":{"":1}}', ['a"b.=1']],
  ["{}", []],
  ["", []],
  ["not JSON", []],
  ["\0\u0001", []],
  ['{"a":1,"b":', ["a=1"]],
  ["[".repeat(100_000), []],
])("the leaves of %s", (text, expected) => {
  expect(leaves(text.slice(0, 100_000))).toEqual(expected);
});

test("every scalar of any JSON value is found as JSON.parse sees it", () => {
  const walk = (value: unknown): string[] => {
    if (typeof value !== "object" || value === null)
      return [typeof value === "string" ? value : JSON.stringify(value)];
    return Object.values(value).flatMap(walk);
  };
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value);
      const { leaves: found, whole } = jsonLeaves(text, 10_000);
      expect(found.map((leaf) => leaf.value)).toEqual(walk(JSON.parse(text)));
      expect(whole).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

const piece = fc.oneof(
  fc.constantFrom(...'{}[]":,\\ \n\0-1e.', "\uD800", "true", "null", '"a"', "12.5"),
  fc.string({ maxLength: 5 }),
);

test("any text is answered", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(jsonLeaves(pieces.join(""), 20).leaves.length).toBeLessThanOrEqual(20);
    }),
  );
});

test("hashes find a value below its path and anywhere, and are bounded in number", () => {
  const found = fieldsOf('{"user":{"id":42}}');
  expect(found.toSorted()).toEqual([fieldHash("user.id", "42"), fieldHash(null, "42")].toSorted());
  expect(BigInt.asIntN(64, found[0] ?? 0n)).toBe(found[0]);
  const many = JSON.stringify(Array.from({ length: 5_000 }, (_each, at) => at));
  expect(fieldsOf(many).length).toBeLessThanOrEqual(401);
});

test.each([
  [JSON.stringify(Array.from({ length: 200 }, (_each, at) => at)), false],
  [JSON.stringify(Array.from({ length: 201 }, (_each, at) => at)), true],
  [`{"a":1,"text":"${"x".repeat(300_000)}"}`, true],
  ["[".repeat(100), true],
  ['{"a":1', true],
  ["not JSON", true],
  ['{"a":1} ', false],
  ["{}", false],
  ["", false],
])("a payload that is not told in full says so: case %#", (payload, cut) => {
  expect(fieldsOf(payload).includes(CUT_FIELD)).toBe(cut);
});

test("two hundred thousand values that differ little have hashes of their own, in every half of them", () => {
  const hashes = Array.from({ length: 200_000 }, (_each, at) => fieldHash("user.id", String(at)));
  expect(new Set(hashes).size).toBe(hashes.length);
  // By chance a few of so many share one half.
  const high = new Set(hashes.map((hash) => hash >> 32n));
  const low = new Set(hashes.map((hash) => BigInt.asUintN(32, hash)));
  expect(high.size).toBeGreaterThan(hashes.length - 50);
  expect(low.size).toBeGreaterThan(hashes.length - 50);
});

test.each([
  ["one string", `{"a":"${"x".repeat(5_000_000)}"}`],
  ["escaped quotes", `{"a":"${'\\"'.repeat(2_500_000)}"}`],
  ["backslashes", `{"a":"${"\\".repeat(5_000_000)}`],
  ["brackets", "[{".repeat(2_500_000)],
])("five megabytes of %s are answered", (_what, text) => {
  expect(fieldsOf(text).length).toBeLessThanOrEqual(401);
});

test("the mark of payloads that are not told in full stays what a migration wrote into older letters", () => {
  expect(CUT_FIELD).toBe(-6793287137758077375n);
});
