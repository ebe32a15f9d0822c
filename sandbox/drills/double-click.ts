import { newId } from "#lib/core/ids.ts";
import { SECOND } from "#lib/core/time.ts";
import type { Currency } from "../payments/accounts.ts";
import { zipf } from "../data/people.ts";
import type { Company, Drill } from "./drill.ts";

const CLICKS = 5;

export const doubleClick: Drill = {
  name: "double-click",
  title: "Impatient clients send each withdrawal five times at once",
  look: "Queries: the claim of idempotency_keys rises, with waits for locks. With a key, five requests move money once; without one, five times: look at settlements in Queues.",
  lasts: "5m",
  again: { everyMs: 4 * SECOND, run: clickTwice },
};

async function clickTwice(company: Company): Promise<void> {
  await click(company, newId());
  await click(company, undefined);
}

/** Takes a thousandth of a shop's balance, five times at once. */
async function click({ client, merchants }: Company, key: string | undefined): Promise<void> {
  const merchantId = zipf(merchants) + 1;
  const { balances } = await client.get<{ balances: { currency: Currency; balance: string }[] }>(
    merchantId,
    "/v1/balances",
  );
  const { currency, balance } = balances[0] ?? { currency: "NGN", balance: "0" };
  const amount = String(BigInt(balance) / 1_000n);
  if (amount === "0") return;
  await Promise.allSettled(
    Array.from({ length: CLICKS }, () =>
      client.post(merchantId, "/v1/withdrawals", { amount, currency }, key),
    ),
  );
}
