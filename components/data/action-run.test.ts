import { describe, expect, it } from "vitest";
import { isUncertain, newIdempotencyKey } from "./action-run.ts";

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

const problem = (status: number, code = "x") => ({ status, code, title: "x" });

describe("newIdempotencyKey", () => {
  it("is a new UUID each time", () => {
    expect(newIdempotencyKey()).toMatch(UUID);
    expect(newIdempotencyKey()).not.toBe(newIdempotencyKey());
  });
  it("also is one where the page is served over plain HTTP", () => {
    const native = crypto.randomUUID;
    Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
    try {
      expect(newIdempotencyKey()).toMatch(UUID);
    } finally {
      Object.defineProperty(crypto, "randomUUID", { value: native, configurable: true });
    }
  });
});

describe("isUncertain", () => {
  it("holds where the request may have arrived", () => {
    expect(isUncertain(problem(0))).toBe(true);
    expect(isUncertain(problem(503))).toBe(true);
    expect(isUncertain(problem(409, "in_flight"))).toBe(true);
  });
  it("does not hold for a refusal", () => {
    expect(isUncertain(problem(403))).toBe(false);
    expect(isUncertain(problem(409, "conflict"))).toBe(false);
  });
});
