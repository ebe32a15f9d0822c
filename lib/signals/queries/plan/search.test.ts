import { expect, test } from "vitest";
import { parserReady } from "../tokens.ts";
import { changedTables, searchPart, unqualifiedRelations, withoutLocking } from "./search.ts";

await parserReady();

const squeeze = (sql: string | null): string | undefined => sql?.replaceAll(/\s+/g, " ").trim();

test.each([
  ["update t set a = $1, b = b + $2 where id = $3", "SELECT * FROM t where id = $1"],
  [
    "update app.t as x set a = y.a from y join z on z.i = y.i where x.id = y.id and z.k = $2 returning x.id",
    "SELECT * FROM app . t as x , y join z on z . i = y . i where x . id = y . id and z . k = $1",
  ],
  [
    "delete from only t where id in (select id from u where k = $1)",
    "SELECT * FROM only t where id in ( select id from u where k = $1 )",
  ],
  ["delete from t using u where t.id = u.id", "SELECT * FROM t , u where t . id = u . id"],
  ["delete from t", "SELECT * FROM t"],
  [
    "with old as (select id from t where a < $1) delete from t using old where t.id = old.id",
    "with old as ( select id from t where a < $1 ) SELECT * FROM t , old where t . id = old . id",
  ],
  [
    "update t set a = $1 where id = (select id from t where b = $2 order by id for update skip locked limit $3) returning id",
    "SELECT * FROM t where id = ( select id from t where b = $1 order by id limit $2 )",
  ],
  [
    "insert into t (a) select b from u where c = $1 on conflict do nothing returning a",
    "select b from u where c = $1",
  ],
])("%s", (sql, expected) => {
  expect(squeeze(searchPart(sql))).toBe(expected);
});

test.each([
  "insert into t values ($1)",
  "merge into t using s on t.a = s.a when matched then delete",
])("%s searches nothing that can stand alone", (sql) => expect(searchPart(sql)).toBeNull());

test.each([
  [
    "select * from t where a = $1 for update of t skip locked limit $2",
    "select * from t where a = $1 limit $2",
  ],
  [
    "select substring(a from $1 for $2) from t for no key update nowait",
    "select substring(a from $1 for $2) from t",
  ],
])("%s, without its locks", (sql, expected) => {
  expect(squeeze(withoutLocking(sql))).toBe(expected);
});

test("names the tables that change and the right that takes, in CTEs too", () => {
  const sql = 'with m as (delete from queue returning *) update "My Shop".t set a = $1 from m';
  expect(changedTables(sql)).toEqual(
    expect.arrayContaining([
      { name: '"My Shop"."t"', privilege: "UPDATE" },
      { name: '"queue"', privilege: "DELETE" },
    ]),
  );
  expect(changedTables("select 1")).toEqual([]);
});

test("finds tables without a schema, in subqueries too, but not CTEs", () => {
  const sql =
    "with c as (select * from inner_t) select * from c join app.q on true where exists (select from s)";
  expect(unqualifiedRelations(sql).toSorted()).toEqual(["inner_t", "s"]);
});
