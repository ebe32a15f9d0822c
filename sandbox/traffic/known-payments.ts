/** What a shop remembers of a payment. */
export interface KnownPayment {
  merchantId: number;
  id: string;
  kind: string;
  status: string;
  amount: string;
  orderReference: string;
  payerEmail: string | null;
}

const REMEMBERED = 1_000;

/** The payments the shops saw lately, as a ring. */
export function createMemory() {
  const seen: KnownPayment[] = [];
  let next = 0;
  return {
    add(payment: KnownPayment): void {
      seen[next] = payment;
      next = (next + 1) % REMEMBERED;
    },
    /** Any payment that fits, or undefined after a few looks. */
    pick(fits: (payment: KnownPayment) => boolean = () => true): KnownPayment | undefined {
      for (let look = 0; look < 20; look += 1) {
        const payment = seen[Math.floor(Math.random() * seen.length)];
        if (payment && fits(payment)) return payment;
      }
      return undefined;
    },
  };
}
export type Memory = ReturnType<typeof createMemory>;
