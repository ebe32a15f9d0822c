import type { Pool } from "../data/database.ts";
import { HttpError } from "../http/http-error.ts";
import type { JsonAnswer, JsonRequest } from "../http/router.ts";
import { parseMinor } from "../payments/money.ts";
import { getPayment, type Payment } from "../payments/payments.ts";
import { accountOf, requireMerchant } from "./merchants.ts";
import { currencySchema, merchantOf, parseId, paymentJson } from "./requests.ts";
import type { ApiContext } from "./server.ts";

const BALANCES_TTL_S = 60;
const QUOTE_TTL_S = 30;
const RATE_TTL_S = 300;

/** `GET /v1/balances`: what a shop has in each currency. */
export const readBalances =
  ({ db, cache }: ApiContext) =>
  async (request: JsonRequest): Promise<JsonAnswer> => {
    const merchantId = merchantOf(request);
    const merchant = await requireMerchant(db, cache, merchantId);
    const balances = await cache.through(`balances:${merchantId}`, BALANCES_TTL_S, async () => {
      const { rows } = await db.query<{ currency: string; balance: bigint }>(
        "SELECT currency, balance FROM accounts WHERE merchant_id = $1 ORDER BY currency",
        [merchantId],
      );
      return rows.map(({ currency, balance }) => ({ currency, balance: String(balance) }));
    });
    return { status: 200, body: { merchant, balances } };
  };

/** `GET /v1/payments/:id` */
export const readPayment =
  ({ db }: ApiContext) =>
  async ({ params }: JsonRequest): Promise<JsonAnswer> => {
    const payment = await getPayment(db, parseId(params.id));
    if (!payment) throw new HttpError(404, "not_found", "There is no such payment.");
    return { status: 200, body: paymentJson(payment) };
  };

/** `GET /v1/payments?order_reference=…`, `?payer_email=…` (support's search), or a shop's latest `?currency=…`. */
export const searchPayments =
  ({ db }: ApiContext) =>
  async (request: JsonRequest): Promise<JsonAnswer> => {
    const payments = await search(db, request);
    return { status: 200, body: { payments: payments.map(paymentJson) } };
  };

async function search(db: Pool, request: JsonRequest): Promise<Payment[]> {
  const reference = request.query.get("order_reference");
  if (reference)
    return (
      await db.query<Payment>("SELECT * FROM payments WHERE order_reference = $1", [reference])
    ).rows;
  const email = request.query.get("payer_email");
  if (email) {
    const sql = `SELECT * FROM payments WHERE payer_email = $1 ORDER BY created_at DESC LIMIT 20 ${SUPPORT_TAG}`;
    return (await db.query<Payment>(sql, [email])).rows;
  }
  const currency = currencySchema.safeParse(request.query.get("currency"));
  if (!currency.success)
    throw new HttpError(400, "no_filter", "Give order_reference, payer_email or currency.");
  const account = accountOf(merchantOf(request), currency.data);
  const sql = "SELECT * FROM payments WHERE account_id = $1 ORDER BY created_at DESC LIMIT 20";
  return (await db.query<Payment>(sql, [account])).rows;
}

/** Support's tool says in each statement who runs it, as query-tagging libraries do. */
const SUPPORT_TAG = "/* tool='support desk', agent='bisi.alade@harbourpay.example' */";

/** `GET /v1/quotes?from=USD&to=NGN&amount=…`: cached by exact amount, which hardly ever comes twice: a cache that does not help. */
export const readQuote =
  ({ db, cache }: ApiContext) =>
  async ({ query }: JsonRequest): Promise<JsonAnswer> => {
    const [from, to, amount] = [
      query.get("from"),
      query.get("to"),
      parseMinor(query.get("amount")),
    ];
    if (amount === null)
      throw new HttpError(400, "invalid_amount", "amount is minor units as a decimal number.");
    const quote = await cache.through(`quote:${from}:${to}:${amount}`, QUOTE_TTL_S, async () => {
      const rate = await cache.through(`rate:${from}:${to}`, RATE_TTL_S, () =>
        readRate(db, from, to),
      );
      // The rate as an integer of 8 decimals: no floats near money.
      const converted = (amount * BigInt(rate.replace(".", ""))) / 10n ** 8n;
      return { from, to, amount: String(amount), rate, converted: String(converted) };
    });
    return { status: 200, body: quote };
  };

async function readRate(db: Pool, from: string | null, to: string | null): Promise<string> {
  const { rows } = await db.query<{ rate: string }>(
    "SELECT rate::text FROM fx_rates WHERE base = $1 AND quote = $2",
    [from, to],
  );
  if (!rows[0])
    throw new HttpError(422, "unknown_pair", "There is no rate from that currency to the other.");
  return rows[0].rate;
}
