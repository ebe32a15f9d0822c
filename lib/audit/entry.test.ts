import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "#lib/core/json.ts";
import { type AuditLink, GENESIS, hashLink, storable } from "./entry.ts";

const link: Omit<AuditLink, "hash"> = {
  seq: 7n,
  at: new Date("2026-11-23T10:00:00.123Z"),
  actorId: "user:1",
  actorLogin: "ada",
  action: "queues.retry",
  phase: "outcome",
  outcome: "succeeded",
  target: "job mails 1",
  reason: "because",
  runId: "00000000-0000-4000-8000-000000000001",
  sourceName: "jobs",
  before: { state: "failed" },
  after: { state: "waiting" },
  requestId: "r",
  prevHash: GENESIS,
};

describe("the hash of a link", () => {
  test("depends on every field", () => {
    const fields = Object.keys(link) as (keyof typeof link)[];
    const hashes = fields.map((field) => hashLink({ ...link, [field]: "something else" }));
    expect(new Set([...hashes, hashLink(link)]).size).toBe(fields.length + 1);
  });

  test("is the same whatever the order of members, and with null as without", () => {
    const shuffled = Object.fromEntries(Object.entries(link).toReversed()) as typeof link;
    expect(hashLink({ ...shuffled, hash: "ignored" })).toBe(hashLink(link));
    const { reason: _gone, ...without } = link;
    expect(hashLink({ ...link, reason: null })).toBe(hashLink(without));
  });

  test("stays what it is: stored chains must verify in later versions", () => {
    expect(hashLink(link)).toBe("958f026f97e6fd28233fb30400b6d63cb95417606a02d9a77d730ced945dd569");
  });
});

test("storable text holds nothing that Postgres refuses, and leaves all else alone", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = JSON.stringify(storable(value as Json));
      expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/i);
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "grapheme-ascii" }), (value) => {
      expect(storable(value as Json)).toEqual(value);
    }),
  );
});
