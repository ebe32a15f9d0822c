import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REASON_CLASSES } from "../states.ts";
import { fingerprintOf } from "./fingerprint.ts";

const stackOf = (head: string, ...frames: string[]): string =>
  [head, ...frames.map((frame) => `    at ${frame}`)].join("\n");

describe("error class", () => {
  test.each([
    ["no", stackOf("TypeError: no", "x (/app/src/a.js:1:2)"), "TypeError"],
    ["no", "my.app.PaymentError: no\n", "my.app.PaymentError"],
    ["no", "Error [ERR_INVALID_ARG]: no\n", "Error"],
    ["Card declined: try later", "Card declined: try later\n    at x (/app/a.js:1:2)", "Error"],
    ["", "AbortError\n    at x (/app/a.js:1:2)", "AbortError"],
    ["ValidationError: name is missing", null, "ValidationError"],
    ["Payment: refused", null, "Error"],
    ["", null, "Error"],
    ["no", "<script>alert(1)</script>", "Error"],
  ])("of %j with stack %j is %s", (message, stack, expected) => {
    expect(fingerprintOf(message, stack).errorClass).toBe(expected);
  });
});

describe("frame", () => {
  test.each([
    [
      "charge (/srv/app/releases/20261123/src/payments/charge.ts:10:7)",
      "charge (src/payments/charge.ts)",
    ],
    [
      "async charge (file:///home/anna/shop/src/payments/charge.ts:99:1)",
      "charge (src/payments/charge.ts)",
    ],
    ["C:\\shop\\src\\payments\\charge.ts:3:4", "src/payments/charge.ts"],
    ["new Job (/app/dist/jobs/job-4f3a2b91.js:1:2)", "new Job (dist/jobs/<id>.js)"],
    ["Worker.run [as handler] (/opt/shop/worker.js:1:2)", "Worker.run (shop/worker.js)"],
  ])("%s", (frame, expected) => {
    const stack = stackOf(
      "Error: no",
      "inner (/app/node_modules/pg/lib/client.js:1:2)",
      "process.processTicks (node:internal/process:1:2)",
      "new Promise (<anonymous>)",
      frame,
    );
    expect(fingerprintOf("no", stack).frame).toBe(expected);
  });

  test("is null when only libraries are on the stack", () => {
    const stack = stackOf("Error: no", "x (/app/node_modules/a/b.js:1:2)");
    expect(fingerprintOf("no", stack).frame).toBeNull();
  });
});

test.each([
  ["connect ECONNREFUSED 127.0.0.1:5432", "network"],
  ["Timeout of 3000 ms exceeded", "timeout"],
  ["The operation timed out", "timeout"],
  ["Request failed with status code 429", "rate_limit"],
  ["Request failed with status code 401", "auth"],
  ["Request failed with status code 404", "not_found"],
  ["Request failed with status code 409", "conflict"],
  ["Request failed with status code 422", "validation"],
  ["duplicate key value violates unique constraint", "conflict"],
  ["job stalled more than allowable limit", "stalled"],
  ["Cannot read properties of undefined (reading 'x')", "bug"],
  ["the bank said no", "other"],
])("the reason of %j is %s", (message, expected) => {
  expect(fingerprintOf(message, null).reasonClass).toBe(expected);
});

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom(
    "",
    "\0",
    "\uD800",
    "<b onload=x>",
    "TypeError: x\n    at y (/a/src/b.ts:1:1)",
    "[".repeat(999),
  ),
);

test("never throws, gives only known kinds, and is the same each time", () => {
  fc.assert(
    fc.property(text, fc.option(text), (message, stack) => {
      const found = fingerprintOf(message, stack);
      expect(found.fingerprint).toMatch(/^[0-9a-f]{16}$/);
      expect(REASON_CLASSES).toContain(found.reasonClass);
      expect(fingerprintOf(message, stack)).toEqual(found);
    }),
    { numRuns: 2_000 },
  );
});

test("does not depend on ids, line numbers, the machine or the release", () => {
  const where = fc.record({
    id: fc.uuid(),
    line: fc.nat(9_999),
    root: fc.constantFrom("/app", "/home/anna/shop", "/srv/releases/77"),
  });
  const of = ({ id, line, root }: { id: string; line: number; root: string }): string => {
    const message = `order ${id} has ${line} lines too many`;
    const stack = stackOf(`RangeError: ${message}`, `check (${root}/src/orders.ts:${line}:5)`);
    return fingerprintOf(message, stack).fingerprint;
  };
  fc.assert(
    fc.property(where, where, (a, b) => {
      expect(of(a)).toBe(of(b));
    }),
  );
});

test("other classes, messages and places are other causes", () => {
  const base = ["no", stackOf("TypeError: no", "x (/app/src/a.js:1:2)")] as const;
  const others = [
    fingerprintOf("no", stackOf("RangeError: no", "x (/app/src/a.js:1:2)")),
    fingerprintOf("yes", stackOf("TypeError: yes", "x (/app/src/a.js:1:2)")),
    fingerprintOf("no", stackOf("TypeError: no", "x (/app/src/b.js:1:2)")),
  ];
  const prints = new Set([fingerprintOf(...base), ...others].map((each) => each.fingerprint));
  expect(prints.size).toBe(4);
});

test.each([
  ["a message", "x".repeat(1_000_000), null],
  ["one line of stack", "no", "at ".repeat(500_000)],
  ["many lines of stack", "no", "    at x\n".repeat(200_000)],
])("a megabyte of %s is answered", (_what, message, stack) => {
  expect(fingerprintOf(message, stack).message.length).toBeLessThanOrEqual(500);
});
