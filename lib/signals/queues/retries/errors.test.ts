import fc from "fast-check";
import { expect, test } from "vitest";
import { errorKind, isNetworkError, mergeErrors, OTHER_ERRORS } from "./errors.ts";

test.each([
  ["connect ECONNREFUSED 10.0.0.7:5432", "connect ECONNREFUSED <ip>"],
  ["Request failed with status code 503", "Request failed with status code 503"],
  ["mail to anna@example.com bounced", "mail to <email> bounced"],
  ["first line\n    at stack (file.js:3:4)", "first line"],
  ["", "an error without a message"],
])("%j is of the kind %j", (reason, kind) => {
  expect(errorKind(reason)).toBe(kind);
});

test.each([
  ["connect ECONNREFUSED 127.0.0.1:1", true],
  ["Request timed out after 3000 ms", true],
  ["HTTP 503 Service Unavailable", true],
  ["socket hang up", true],
  ["card declined", false],
  ["Cannot read properties of undefined (reading 'id')", false],
])("%j may be cured by a second attempt: %s", (reason, expected) => {
  expect(isNetworkError(reason)).toBe(expected);
});

test("merging keeps the number of failures, and few kinds", () => {
  const counts = fc.dictionary(fc.string({ maxLength: 4 }), fc.integer({ min: 1, max: 99 }));
  fc.assert(
    fc.property(fc.array(counts, { maxLength: 4 }), (all) => {
      const merged = mergeErrors(...all);
      const sum = (values: object[]) =>
        values.flatMap((each) => Object.values(each)).reduce((a, b) => a + b, 0);
      expect(sum([merged])).toBe(sum(all));
      expect(
        Object.keys(merged).filter((kind) => kind !== OTHER_ERRORS).length,
      ).toBeLessThanOrEqual(8);
    }),
  );
});

test("hostile texts are bounded and answered at once", () => {
  for (const text of ["'".repeat(1e6), "a-".repeat(5e5), "<script>".repeat(1e5), "__proto__"]) {
    expect(errorKind(text).length).toBeLessThanOrEqual(160);
    expect(Object.values(mergeErrors({ [errorKind(text)]: 2 }))).toEqual([2]);
  }
});
