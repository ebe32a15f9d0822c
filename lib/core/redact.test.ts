import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskJson, redactText } from "./redact.ts";

describe("redactText", () => {
  test.each([
    ["mail to ada.o'neil+x@example.co.uk bounced", "ada"],
    ["card 4111 1111 1111 1111 declined", "1111"],
    ["card 5500-0000-0000-0004 declined", "5500"],
    ["attempt 1 4111111111111111 declined", "1111"],
    ["2026-11-23 4111 1111 1111 1111 declined", "1111"],
    ["tried 4111111111111111 4242424242424242", "4242"],
    ["account GB82 WEST 1234 5698 7654 32 closed", "WEST"],
    ["connect postgres://app:hunter2@db:5432/x failed", "hunter2"],
    ["connect postgres://app:hun@ter2@db:5432/x failed", "ter2"],
    ["Authorization: Bearer abcdef0123456789", "abcdef"],
    ['{"password":"hunter2"}', "hunter2"],
    ["api_key=sk_live_abcdefghijkl1234", "abcdefghijkl"],
  ])("masks %s", (text, secret) => {
    expect(redactText(text)).not.toContain(secret);
  });

  test("keeps what is needed to triage", () => {
    const text = "ETIMEDOUT connect 10.0.0.7:5432 after 3000 ms, job 8812345, order 20261123160012";
    expect(redactText(text)).toBe(text);
  });

  test("keeps the host of a URL whose credentials it masks", () => {
    expect(redactText("redis://:pw@cache:6379/0")).toContain("cache:6379/0");
  });

  // Ten times the text may take ten times as long, not a hundred times: then this would run for minutes.
  test.each([
    "a",
    "a.",
    "a@",
    "a@a-",
    "eyJ-",
    "eyJaaaaaaaa-",
    "x://",
    "1 ",
    "1",
    "AB12 ",
    "pin:",
    " ",
  ])("much of %j is read in one pass", (part) => {
    const text = part.repeat(300_000 / part.length);
    expect(redactText(`${text} 4111111111111111`)).not.toContain("4111");
  });

  test("is idempotent", () => {
    fc.assert(
      fc.property(fc.string(), (text) => redactText(redactText(text)) === redactText(text)),
    );
  });
});

describe("maskJson", () => {
  test("keeps keys and shape, hides values", () => {
    const masked = maskJson(
      '{"email":"a@b.co","amount":500,"card":4111111111111111,"tags":["vip"],"ok":true,"none":null}',
    );
    expect(JSON.parse(masked)).toEqual({
      email: "••• text, 6 characters",
      amount: 500,
      card: "••• number",
      tags: ["••• text, 3 characters"],
      ok: true,
      none: null,
    });
  });

  test("says the size of what is not JSON, and nothing else", () => {
    expect(maskJson("secret")).toBe('"••• not JSON, 6 characters"');
  });

  test("survives deep nesting, many nodes and a __proto__ key", () => {
    expect(maskJson("[".repeat(20_000) + "]".repeat(20_000))).toContain("too large");
    expect(JSON.parse(maskJson(JSON.stringify(Array(20_000).fill("x")))).length).toBeLessThan(
      5_002,
    );
    expect(maskJson('{"__proto__":{"a":1}}')).toContain('"__proto__"');
  });

  test("no string value survives", () => {
    const marked = fc.jsonValue().map((value) => JSON.stringify({ value, canary: ["CANARY-9f3"] }));
    fc.assert(fc.property(marked, (text) => !maskJson(text).includes("CANARY")));
  });
});
