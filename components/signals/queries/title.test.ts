import { expect, test } from "vitest";
import { titleOf } from "./title.ts";

test.each([
  ["SELECT", "select * from app.payment where a = $1", "SELECT from app.payment"],
  ["INSERT", "insert into payment (a) values ($1)", "INSERT into payment"],
  ["UPDATE", "update payment set a = $1", "UPDATE payment"],
  ["DELETE", 'delete from "My Shop" where a = $1', 'DELETE from "My Shop"'],
  ["SELECT", "select $1", "SELECT"],
  ["UTILITY", "set application_name = $1", "set application_name ="],
  [null, null, "Statement without text"],
])("%s %s", (kind, text, expected) => {
  expect(titleOf(kind, text)).toBe(expected);
});
