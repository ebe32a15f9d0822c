/** The fee on a charge: 1.5 %, rounded down to whole minor units. */
export const feeOn = (amount: bigint): bigint => (amount * 15n) / 1000n;

/** Minor units from their decimal text, or null when the text is not a positive amount below ten trillion. */
export function parseMinor(text: unknown): bigint | null {
  return typeof text === "string" && /^[1-9]\d{0,12}$/.test(text) ? BigInt(text) : null;
}
