import { expect, test } from "vitest";
import { parserReady } from "../tokens.ts";
import { applyCasts, nextCasts, parameterCount } from "./types.ts";

await parserReady();

const guess = (sql: string, code: string, message: string, position: number | null = null) =>
  Object.fromEntries(nextCasts(sql, new Map(), { code, message, position }) ?? []);

test.each([
  [
    "named by the server",
    "select $1 is null, $2",
    "42P18",
    "could not determine data type of parameter $2",
    null,
    { 2: "text" },
  ],
  [
    "beside an ambiguous operator",
    "select $1 + $2",
    "42725",
    "operator is not unique: unknown + unknown",
    11,
    { 1: "int4", 2: "int4" },
  ],
  [
    "beside one of several operators",
    "select a + $1, $2 - $3",
    "42725",
    "operator is not unique: unknown - unknown",
    19,
    { 2: "int4", 3: "int4" },
  ],
  [
    "inside an ambiguous call",
    "select * from generate_series($1, $2) where x = $3",
    "42725",
    "function generate_series(unknown, unknown) is not unique",
    15,
    { 1: "int4", 2: "int4" },
  ],
  [
    "alone in a select list",
    "select * from t join (select $1 as id) q on t.id = q.id",
    "42883",
    "operator does not exist: bigint = text",
    49,
    { 1: "bigint" },
  ],
  [
    "alone in a union",
    "select $1 union select a from t",
    "42804",
    "UNION types text and timestamp with time zone cannot be matched",
    10,
    { 1: "timestamp with time zone" },
  ],
])("a parameter %s gets a type", (_what, sql, code, message, position, expected) => {
  expect(guess(sql, code, message, position)).toEqual(expected);
});

test("a guess that was wrong is replaced, and the same one is not made twice", () => {
  const sql = "select coalesce($1) = a from t";
  const error = { code: "42883", message: "operator does not exist: text = integer", position: 21 };
  const second = nextCasts(sql, new Map([[1, "text"]]), error);
  expect(second).toEqual(new Map([[1, "integer"]]));
  expect(nextCasts(sql, second!, error)).toBeNull();
});

test("a type name that is none is not sent to the server", () => {
  expect(
    guess("select $1 = a", "42883", "operator does not exist: x); drop table t; -- = text"),
  ).toEqual({});
});

test("casts go on every use of their parameter, not into strings", () => {
  expect(applyCasts("select $1, $2, '$1', $1", new Map([[1, "int4"]]))).toBe(
    "select $1::int4, $2, '$1', $1::int4",
  );
});

test("a statement wants as many values as its highest parameter says", () => {
  expect(parameterCount("select $3, $1")).toBe(3);
  expect(parameterCount("select '$9'")).toBe(0);
});
