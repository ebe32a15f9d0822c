import fc from "fast-check";
import { expect, test } from "vitest";
import { feeOn, parseMinor } from "./money.ts";

test("minor units are whole positive decimals, and nothing else", () => {
  expect(parseMinor("12500")).toBe(12_500n);
  for (const wrong of ["0", "-1", "1.5", "1e3", " 1", "012", "", "9".repeat(14), 12, null]) {
    expect(parseMinor(wrong)).toBeNull();
  }
});

test("the fee is never more than 1.5 % and never a whole unit less", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 13n }), (amount) => {
      const fee = feeOn(amount);
      expect(fee * 1_000n).toBeLessThanOrEqual(amount * 15n);
      expect((fee + 1n) * 1_000n).toBeGreaterThan(amount * 15n);
    }),
  );
});
