import { describe, expect, test } from "vitest";
import { limiterWords, rateLimitWords } from "./limiter-words.ts";

const window = { closed: null, taken: 5, leftSeconds: 42 };

describe("a rate limit", () => {
  test("that holds workers back says for how long", () => {
    expect(limiterWords({ limiter: { ...window, closed: true } })).toBe("limited for 42 s");
  });

  test("of a worker's own says what is known of it", () => {
    expect(limiterWords({ limiter: window })).toBe("a worker's limit: 5 jobs taken, 42 s left");
  });

  test("with room for more, or none, holds nothing back", () => {
    expect(limiterWords({ limiter: { ...window, closed: false } })).toBeNull();
    expect(limiterWords({ limiter: null })).toBeNull();
  });

  test("of workers is not published, and the page says so", () => {
    const rateLimit = { max: 5, durationMs: 1_000 };
    expect(rateLimitWords({ rateLimit, limiter: null })).toBe("5 jobs per 1 s");
    expect(rateLimitWords({ rateLimit: null, limiter: { ...window, closed: true } })).toBe(
      "none set on the queue; a worker's own limit is not published. Now: limited for 42 s",
    );
  });
});
