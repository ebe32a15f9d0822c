import fc from "fast-check";
import { expect, test } from "vitest";
import { payer, PAYERS, zipf } from "./people.ts";

/** Luhn, written down independently: double every second digit from the right. */
function passesLuhn(card: string): boolean {
  let sum = 0;
  for (let at = 0; at < card.length; at += 1) {
    const digit = Number(card[card.length - 1 - at]);
    sum += at % 2 === 0 ? digit : Math.floor((digit * 2) / 10) + ((digit * 2) % 10);
  }
  return sum % 10 === 0;
}

const anybody = fc.integer({ min: 0, max: PAYERS - 1 });

test("cards have 16 digits and a valid check digit, so that masking recognises them", () => {
  fc.assert(
    fc.property(anybody, (n) => {
      expect(payer(n).card).toMatch(/^\d{16}$/);
      expect(passesLuhn(payer(n).card)).toBe(true);
    }),
  );
});

test("no two payers share an address or a card, and no address can be real", () => {
  const all = Array.from({ length: PAYERS }, (_, n) => payer(n));
  expect(new Set(all.map(({ email }) => email)).size).toBe(PAYERS);
  expect(new Set(all.map(({ card }) => card)).size).toBe(PAYERS);
  expect(all.filter(({ email }) => !email.endsWith(".example"))).toEqual([]);
});

test("zipf stays in range and prefers the first", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), (n) => {
      const drawn = zipf(n);
      expect(drawn).toBeGreaterThanOrEqual(0);
      expect(drawn).toBeLessThan(n);
    }),
  );
  const draws = Array.from({ length: 10_000 }, () => zipf(1_000));
  const share = (k: number) => draws.filter((drawn) => drawn === k).length;
  expect(share(0)).toBeGreaterThan(3 * share(9));
});
