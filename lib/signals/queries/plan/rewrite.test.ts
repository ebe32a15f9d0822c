import { expect, test } from "vitest";
import { parserReady } from "../tokens.ts";
import { rewriteForPlanning } from "./rewrite.ts";

await parserReady();

const squeeze = (sql: string | undefined): string | undefined => sql?.replaceAll(/\s+/g, " ");

test.each([
  ["select now() - interval $1", "select now() - $1::interval"],
  ["select interval(3) $1 * $2", "select $1::interval(3) * $2"],
  ["select interval $1 year to month", "select $1::interval year to month"],
  ["select timestamp with time zone $1", "select $1::timestamp with time zone"],
  ["select timestamp(3) with time zone $1", "select $1::timestamp(3) with time zone"],
  ["select timestamptz $1, date $2", "select $1::timestamptz, $2::date"],
  ["select double precision $1, int $2", "select $1::double precision, $2::int"],
  ["select app.color $1", "select $1::app.color"],
  ["select extract($1 from a.at) from a", 'select pg_catalog."extract"($1 , a.at) from a'],
  [
    "select a from t where b in ($1 /*, ... */)",
    `select a from t where b in ($1 ${", $1".repeat(9)})`,
  ],
  ["select a at time zone $1 from t", "select a at time zone $1 from t"],
  [
    "select a from t where b like $1 escape $2 limit $3",
    "select a from t where b like $1 escape $2 limit $3",
  ],
  ["select 'interval $1', $1", "select 'interval $1', $1"],
  ["select überzahl from t where d > date $1", "select überzahl from t where d > $1::date"],
])("%s", (text, expected) => {
  expect(squeeze(rewriteForPlanning(text)?.sql)).toBe(expected);
});

test("says which list length it assumed", () => {
  expect(rewriteForPlanning("select a in ($1 /*, ... */)")?.assumedListLength).toBe(10);
  expect(rewriteForPlanning("select a in ($1)")?.assumedListLength).toBe(0);
});

test("text that ends inside a quote is not for planning", () => {
  expect(rewriteForPlanning("select 'cut")).toBeNull();
});
