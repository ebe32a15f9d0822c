import { expect, test } from "vitest";
import { requireRange, resolveRange } from "./range.ts";

const now = new Date("2026-01-01T12:00:00Z");

test("a duration ends now, two times stay where they are", () => {
  expect(resolveRange("1h", now)).toEqual({
    from: new Date("2026-01-01T11:00:00Z"),
    to: now,
    live: true,
  });
  expect(resolveRange("2025-12-31T10:00:00Z~2025-12-31T11:00:00Z", now)).toEqual({
    from: new Date("2025-12-31T10:00:00Z"),
    to: new Date("2025-12-31T11:00:00Z"),
    live: false,
  });
});

test.each([
  "",
  "yesterday",
  "0s",
  "2026-01-01T11:00:00Z",
  "2026-01-01T11:00:00Z~2026-01-01T10:00:00Z",
  "2026-01-01T10:00:00Z~2026-01-01T11:00:00Z~2026-01-01T12:00:00Z",
  "99999999999999d",
  "5000000d",
  "-271821-04-20T00:00:00Z~2026-01-01T00:00:00Z",
  "2026-01-01T00:00:00Z~+275760-09-12T00:00:00Z",
  "1970-01-01T00:00:00Z~9999-12-31T00:00:00Z",
])("%j is no range that anything can be read for", (text) => {
  expect(resolveRange(text, now)).toBeNull();
  expect(() => requireRange(text, now)).toThrow(expect.objectContaining({ code: "bad_request" }));
});
