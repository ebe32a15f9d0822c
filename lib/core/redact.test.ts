import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskJson, redactText } from "./redact.ts";

/** Also such that is made of what patterns look for. */
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom(..."+0159 -()/.:@a", "phone: ", "•••", "pin=") }),
);

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

  test.each([
    "call +49 170 1234567 back",
    "sms to +491701234567 refused",
    "tel:+44-20-7946-0958",
    "number +49 (0)30/123456 is not assigned",
    "+1 (555) 123-4567 hung up",
    "+33.1.23.45.67.89",
    "GET /sms?to=%2B491701234567 answered 400",
    "dialled 0049 170 1234567",
    "customer (555) 123-4567",
    "customer 555-123-4567",
    'body {"phone":"0170 1234567"}',
    "msisdn=491701234567",
    "mobile number: 0170/1234567",
  ])("masks the phone number in %s", (text) => {
    expect(redactText(text)).toContain("•••");
    expect(redactText(text)).not.toMatch(/\d{4}|23.45/);
  });

  test.each([
    "ETIMEDOUT connect 10.0.0.7:5432 after 3000 ms, job 8812345, order 20261123160012",
    "at 2026-11-23T10:00:00.123+01:00, GMT+0100, UTC +0530, +1 2026-11-23 10:00:00",
    "Mon Nov 23 2026 10:00:00 GMT+0100 (Central European Standard Time)",
    "release v1.2.3+20261123160012 of 1.2.3-555-123",
    "id 550e8400-e29b-41d4-a716-446655440000, ids 123-456-7890-12, 12-555-123-4567",
    "offset 1795426000001, epoch 1795426000, snowflake 175928847299117063",
    "::ffff:192.168.100.200 and 192.168.0.1:65535",
    "HTTP 503 after 3 attempts, +12.5 ms, +1.5 2.25 3.75 10.50, diff +120 -45 +3",
    "charge.ts:1234:567, phone is missing, telephone 3 of 12, mobile 4711",
    "base64 abc+12345678901/123 and 0012345678901",
  ])("keeps what is needed to triage: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });

  test("no international number survives, however it is written", () => {
    const digits = fc.stringMatching(/^[1-9]\d{8,14}$/);
    const joints = fc.array(fc.constantFrom("", "", " ", "-", "/", " (", ") "), { minLength: 14 });
    fc.assert(
      fc.property(digits, joints, (number, joined) => {
        const written = [...number].map((digit, at) => (joined[at - 1] ?? "") + digit).join("");
        fc.pre(!/^\d{1,3} (?:19|20)\d\d-/.test(written));
        return redactText(`call +${written}, please`) === "call •••, please";
      }),
    );
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
    "+1",
    "+1 ",
    "%2B1-",
    "phone ",
    "phone: 1 ",
    "555-",
    "00",
    " ",
  ])("much of %j is read in one pass", (part) => {
    const text = part.repeat(300_000 / part.length);
    expect(redactText(`${text} 4111111111111111`)).not.toContain("4111");
  });

  test("is idempotent", () => {
    fc.assert(fc.property(anyText, (text) => redactText(redactText(text)) === redactText(text)));
  });
});

describe("maskJson", () => {
  test("keeps keys, shape and kinds, hides values: also a small number or a yes says something", () => {
    const masked = maskJson(
      '{"email":"a@b.co","cvv":500,"card":4111111111111111,"tags":["vip",7],"hivPositive":true,"none":null}',
    );
    expect(JSON.parse(masked)).toEqual({
      email: "••• text, 6 characters",
      cvv: "••• number",
      card: "••• number",
      tags: ["••• text, 3 characters", "••• number"],
      hivPositive: "••• true or false",
      none: null,
    });
  });

  test("payloads of one shape look the same, whatever numbers and booleans they hold", () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    const payload = (amount: number, ok: boolean) => JSON.stringify({ amount: [amount], ok });
    const shape = maskJson(payload(1, true));
    fc.assert(
      fc.property(value, fc.boolean(), (amount, ok) => maskJson(payload(amount, ok)) === shape),
    );
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
