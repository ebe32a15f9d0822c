import { describe, expect, it } from "vitest";
import { retryPolicy } from "./policy.ts";

const policy = (options: object) => retryPolicy(JSON.stringify(options));

describe("retryPolicy", () => {
  it("says how far apart the attempts were", () => {
    expect(policy({ attempts: 4, backoff: { type: "exponential", delay: 1_000 } })).toMatchObject({
      attempts: "4 attempts",
      backoff: "doubling from 1 s to 4 s",
      note: expect.stringContaining("no jitter") as string,
    });
    expect(
      policy({ attempts: 3, backoff: { type: "exponential", delay: 1_000, jitter: 1 } }),
    ).toMatchObject({ backoff: "doubling from 1 s to 2 s, jitter 1", note: null });
    expect(policy({ attempts: 3, backoff: 500 })?.backoff).toBe("500 ms after each failure");
    expect(policy({ attempts: 3 })?.backoff).toBe("none: each attempt follows at once");
    expect(policy({})).toMatchObject({ attempts: "one, no retries" });
  });

  it("says what becomes of failures", () => {
    expect(policy({})?.keep).toBe("kept for ever");
    expect(policy({ removeOnFail: true })?.keep).toBe("removed at once, with the payload");
    expect(policy({ removeOnFail: { count: 1_000, age: 3_600 } })?.keep).toBe(
      "kept: the last 1,000, for 1h 00m",
    );
  });

  it.each([null, "", "not JSON", "[1]", '"••• not JSON"'])("says nothing about %j", (text) => {
    expect(retryPolicy(text)).toBeNull();
  });

  it("reads masked values as unknown", () => {
    expect(policy({ attempts: 2, backoff: { type: "fixed", delay: "••• number" } })?.backoff).toBe(
      "fixed",
    );
  });
});
