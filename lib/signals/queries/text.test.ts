import { expect, test } from "vitest";
import { describe } from "./text.ts";
import { parserReady } from "./tokens.ts";

await parserReady();

const SECRET = /hunter2|4111111111111111|bob@example\.com|traceparent|Jane/;

test.each([
  [
    "a statement stored before it was normalised",
    "select * from t where name = 'Jane' and card = 4111111111111111",
  ],
  ["a comment with tags", "select /* user='bob@example.com' */ 1 -- traceparent\n from t"],
  ["a password", "alter role app with encrypted password 'hunter2'"],
  ["a setting", "alter role app set x.y = 'hunter2'"],
  ["a prepared call", "execute find('Jane', 4111111111111111)"],
  ["a default", "create table t (a text default 'Jane')"],
  ["a dollar quote", "do $body$ begin perform 'hunter2'; end $body$"],
  ["a text cut inside a string", "select * from t where a = 'x' and name = 'Jane"],
  ["a text cut inside a comment", "select 1 /* bob@example.com"],
  ["a text cut inside a dollar quote", "do $x$ begin perform 'hunter2'"],
  ["two statements", "select 'Jane'; select 'hunter2'"],
  ["text that is no SQL", "frobnicate 'Jane' 4111111111111111"],
  ["odd spellings of strings", "select E'Jane\\'s', U&'Jane', x'4111111111111111'"],
  ["a user mapping", "create user mapping for a server s options (password 'hunter2')"],
])("%s loses its literals", (_what, raw) => {
  expect(describe(raw).text).not.toMatch(SECRET);
});

test("a normalised statement stays as it is, list mark included", () => {
  const text = "select a from t where b = $1 and token = $2 and c in ($3 /*, ... */) order by 1";
  expect(describe(text)).toMatchObject({ text, kind: "SELECT", own: false });
});

test("constants continue the numbering, so that the text can still be planned", () => {
  expect(describe("select 'a' from t where b = $1 limit 5").text).toBe(
    "select $2 from t where b = $1 limit $3",
  );
});

test.each([
  ["with a as (select 1) select * from a", "SELECT"],
  ["values (1)", "SELECT"],
  ["merge into t using s on t.a = s.a when matched then delete", "MERGE"],
  ["update t set a = $1", "UPDATE"],
  ["vacuum t", "UTILITY"],
  ["explain select 1", "UTILITY"],
  ["select * from t where a = 'cut", "SELECT"],
])("%s is of kind %s", (text, kind) => {
  expect(describe(text).kind).toBe(kind);
});

test("our own statements are known by their tag", () => {
  expect(describe("select 1\n/* plumbline */").own).toBe(true);
});

test("statements that differ in literals only share a fingerprint", () => {
  expect(describe("select a from t where b = 1").fingerprint).toBe(
    describe("SELECT a FROM t WHERE b = 'x'").fingerprint,
  );
});
