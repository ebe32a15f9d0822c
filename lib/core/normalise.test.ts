import fc from "fast-check";
import { expect, test } from "vitest";
import { normalise } from "./normalise.ts";

test.each([
  ["Order 4711 was not found", "Order <n> was not found", ["4711"]],
  ["Timeout of 30000ms exceeded", "Timeout of <n>ms exceeded", ["30000"]],
  ["took 1.5s, at most 0.75 s", "took <n>s, at most <n> s", ["1.5", "0.75"]],
  ["Request failed with status code 503", "Request failed with status code 503", []],
  ["The gateway answered 503", "The gateway answered 503", []],
  ["It responded with 429 too often", "It responded with 429 too often", []],
  ["Nobody answered 27 calls", "Nobody answered <n> calls", ["27"]],
  ["connect ECONNREFUSED 10.0.0.7:5432", "connect ECONNREFUSED <ip>", ["10.0.0.7:5432"]],
  ["connect ECONNREFUSED ::1:6379", "connect ECONNREFUSED <ip>", ["::1:6379"]],
  ["no user anna@example.com", "no user <email>", ["anna@example.com"]],
  ["GET https://api.test/v1/x?id=7 failed", "GET <url> failed", ["https://api.test/v1/x?id=7"]],
  [
    "job 3f2504e0-4f89-41d3-9a0c-0305e82c3301 died",
    "job <uuid> died",
    ["3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
  ],
  ["due 2026-11-23T04:00:00.123Z passed", "due <time> passed", ["2026-11-23T04:00:00.123Z"]],
  ["no such file: /var/data/in 7.csv", "no such file: <path> <n>.csv", ["/var/data/in", "7"]],
  ['unknown field "colour"', "unknown field <text>", ['"colour"']],
  ["can't read the user's 'plan'", "can't read the user's <text>", ["'plan'"]],
  ["customer cus_9f3Kq2 and order-77-a", "customer <id> and <id>", ["cus_9f3Kq2", "order-77-a"]],
  ["S3 upload failed, P2002", "S3 upload failed, P2002", []],
  ["token=abcdef refused", "token=<secret> refused", ["abcdef"]],
  ["ActiveRecord::Base failed", "ActiveRecord::Base failed", []],
  ["two\n  lines", "two lines", []],
])("%s", (text, template, variables) => {
  expect(normalise(text)).toEqual({ template, variables });
});

const pieces = fc.array(
  fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(..."'\"`<>/\\:.-_@%,;=[](){}•\n\t "),
    fc.constantFrom(
      "<n>",
      "<text>",
      "status code 500",
      "ms",
      "token",
      "http",
      "a",
      "É",
      "½",
      "日本",
      "\0",
      "\uD800",
      "\u{1F600}",
    ),
    fc.uuid(),
    fc.nat().map(String),
    fc.emailAddress(),
    fc.webUrl(),
    fc.ipV4(),
    fc.ipV6(),
  ),
  { maxLength: 12 },
);

test("normalising twice changes nothing, whatever the text", () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const once = normalise(parts.join("")).template;
      expect(normalise(once).template).toBe(once);
    }),
    { numRuns: 300 },
  );
});

test("ids, numbers and addresses do not change the template", () => {
  const values = fc.record({
    id: fc.uuid(),
    number: fc.nat(),
    mail: fc.emailAddress(),
    ip: fc.ipV4(),
    at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") }),
  });
  const message = (v: { id: string; number: number; mail: string; ip: string; at: Date }): string =>
    `job ${v.id} for ${v.ip} failed after ${v.number} ms at ${v.at.toISOString()}`;
  fc.assert(
    fc.property(values, values, (a, b) => {
      expect(normalise(message(a)).template).toBe(normalise(message(b)).template);
    }),
  );
});

test.each([
  ["quotes", "'".repeat(1_000_000)],
  ["colons", ":".repeat(1_000_000)],
  ["at signs", "a@".repeat(500_000)],
  ["slashes", "/a".repeat(500_000)],
  ["dashes", "a-".repeat(500_000)],
  ["spaces", " ".repeat(1_000_000)],
])("a megabyte of %s is answered and bounded", (_what, text) => {
  expect(normalise(text).template.length).toBeLessThanOrEqual(500);
});
