export const CURRENCIES = ["NGN", "USD"] as const;
export type Currency = (typeof CURRENCIES)[number];

/**
 * Harbour Pay's own accounts. A charge takes from `bank` (which goes negative by what the bank holds for us), a withdrawal
 * waits in `in_transit` until the bank has paid it out.
 */
export const OWN_ACCOUNTS: Record<Currency, { bank: number; in_transit: number; fees: number }> = {
  NGN: { bank: 1, in_transit: 2, fees: 3 },
  USD: { bank: 4, in_transit: 5, fees: 6 },
};

/** Each merchant has one account per currency. */
export const merchantAccountId = (merchant: number, currency: Currency): number =>
  10 + 2 * merchant + CURRENCIES.indexOf(currency);
