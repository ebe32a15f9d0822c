import { expect, test } from "vitest";
import { csvLine } from "./csv.ts";

test("quotes what RFC 4180 asks to quote", () => {
  expect(csvLine(["a,b", 'say "hi"', "two\nlines", null, undefined, 7, { a: 1 }])).toBe(
    '"a,b","say ""hi""","two\nlines",,,7,"{""a"":1}"\r\n',
  );
});

test("keeps formulas as text and numbers as numbers", () => {
  expect(csvLine(["=1+1", "@SUM(A1)", "-2.5", "+44 20", "-cmd"])).toBe(
    "'=1+1,'@SUM(A1),-2.5,'+44 20,'-cmd\r\n",
  );
});
