import { newId } from "#lib/core/ids.ts";
import { payer, PAYERS, zipf } from "../data/people.ts";
import type { Currency } from "../payments/accounts.ts";
import type { KnownPayment, Memory } from "./known-payments.ts";
import type { ShopClient } from "./shop-client.ts";

export interface Visitor {
  client: ShopClient;
  memory: Memory;
  merchantId: number;
}
type Visit = (visitor: Visitor) => Promise<void>;

/** What people do, and how often out of a hundred times. */
const VISITS: [share: number, visit: Visit][] = [
  [24, openDashboard],
  [20, checkOut],
  [22, lookUpOrder],
  [12, askForQuote],
  [12, pollPayment],
  [6, withdraw],
  [2, callSupport],
  [2, refund],
];

/** Something that someone does, drawn by the shares above. */
export function drawVisit(): Visit {
  let left = Math.random() * VISITS.reduce((sum, [share]) => sum + share, 0);
  return VISITS.find(([share]) => (left -= share) < 0)?.[1] ?? openDashboard;
}

/** One client in ten was written before there were idempotency keys. */
const keyFor = (merchantId: number): string | undefined =>
  merchantId % 10 === 6 ? undefined : newId();
const currencyOf = (): Currency => (Math.random() < 0.8 ? "NGN" : "USD");

async function openDashboard({ client, memory, merchantId }: Visitor): Promise<void> {
  await client.get(merchantId, "/v1/balances");
  const { payments } = await client.get<{ payments: KnownPayment[] }>(
    merchantId,
    `/v1/payments?currency=${currencyOf()}`,
  );
  for (const payment of payments.slice(0, 3)) memory.add({ ...payment, merchantId });
}

async function checkOut({ client, memory, merchantId }: Visitor): Promise<void> {
  const { email, card } = payer(zipf(PAYERS));
  const currency = currencyOf();
  const amount =
    currency === "NGN"
      ? 20_000 + 5_000 * Math.exp(6 * Math.random())
      : 300 + 60 * Math.exp(5 * Math.random());
  const charge = {
    amount: String(Math.round(amount)),
    currency,
    orderReference: `ORD-${newId()}`,
    payerEmail: email,
    card,
  };
  const { status, body } = await client.postWithRetries(
    merchantId,
    "/v1/charges",
    charge,
    keyFor(merchantId),
  );
  if (status < 300) memory.add({ ...(body as KnownPayment), merchantId });
}

async function lookUpOrder({ client, memory }: Visitor): Promise<void> {
  const order = memory.pick();
  if (order)
    await client.get(order.merchantId, `/v1/payments?order_reference=${order.orderReference}`);
}

async function askForQuote({ client, merchantId }: Visitor): Promise<void> {
  const [from, to] = Math.random() < 0.5 ? ["USD", "NGN"] : ["NGN", "USD"];
  await client.get(
    merchantId,
    `/v1/quotes?from=${from}&to=${to}&amount=${Math.ceil(Math.random() * 5_000_000)}`,
  );
}

async function pollPayment({ client, memory }: Visitor): Promise<void> {
  const payment = memory.pick();
  if (payment) await client.get(payment.merchantId, `/v1/payments/${payment.id}`);
}

async function withdraw({ client, memory, merchantId }: Visitor): Promise<void> {
  const { balances } = await client.get<{ balances: { currency: Currency; balance: string }[] }>(
    merchantId,
    "/v1/balances",
  );
  const { currency, balance } = balances.find((one) => one.currency === currencyOf()) ?? {
    currency: "NGN",
    balance: "0",
  };
  const amount = (BigInt(balance) * BigInt(Math.ceil(5 + 45 * Math.random()))) / 100n;
  if (amount === 0n) return;
  const { status, body } = await client.postWithRetries(
    merchantId,
    "/v1/withdrawals",
    { amount: String(amount), currency },
    keyFor(merchantId),
  );
  if (status < 300) memory.add({ ...(body as KnownPayment), merchantId });
}

/** A payer calls, and knows nothing but his address. */
async function callSupport({ client, memory, merchantId }: Visitor): Promise<void> {
  const email =
    memory.pick((payment) => payment.payerEmail !== null)?.payerEmail ?? payer(zipf(PAYERS)).email;
  await client.get(merchantId, `/v1/payments?payer_email=${encodeURIComponent(email)}`);
}

async function refund({ client, memory }: Visitor): Promise<void> {
  const charge = memory.pick(({ kind, status }) => kind === "charge" && status === "succeeded");
  if (!charge) return;
  const body = { paymentId: charge.id, amount: String((BigInt(charge.amount) + 1n) / 2n) };
  await client.postWithRetries(charge.merchantId, "/v1/refunds", body, newId());
}
