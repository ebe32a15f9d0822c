import { z } from "zod";
import { inTransaction, type Client } from "../data/database.ts";
import type { JsonAnswer, JsonRequest } from "../http/router.ts";
import { isBankSilent } from "../payments/bank-client.ts";
import {
  bankReference,
  completePayment,
  createPayment,
  enqueueSettlement,
  getPayment,
  type Outcome,
  type Payment,
} from "../payments/payments.ts";
import { claimKey, finishKey, noteProgress, type KeyedRequest } from "./idempotency.ts";
import { accountOf, requireMerchant } from "./merchants.ts";
import {
  amountSchema,
  currencySchema,
  keyOf,
  merchantOf,
  parseBody,
  paymentJson,
} from "./requests.ts";
import type { ApiContext } from "./server.ts";

const chargeSchema = z.object({
  amount: amountSchema,
  currency: currencySchema,
  orderReference: z.string().min(1).max(64),
  payerEmail: z.email(),
  card: z.string().regex(/^\d{16}$/),
});
type Charge = z.output<typeof chargeSchema>;

/**
 * `POST /v1/charges`: asks the bank while the client waits. No transaction is open meanwhile: the payment is noted first,
 * and ended afterwards. When the bank stays silent the answer is 202 and the settlements worker finds out what happened.
 */
export const createCharge =
  (context: ApiContext) =>
  async (request: JsonRequest): Promise<JsonAnswer> => {
    const charge = parseBody(chargeSchema, request);
    const merchantId = merchantOf(request);
    await requireMerchant(context.db, context.cache, merchantId);
    const keyed = keyOf(request, "/v1/charges");
    const begun = await begin(context, merchantId, charge, keyed);
    if ("status" in begun) return begun;
    const outcome = await askBank(context, begun.payment, charge.card);
    const answer = await end(context, begun.payment, outcome, charge.card, keyed);
    await context.cache.forget(`balances:${merchantId}`);
    return answer;
  };

async function begin(
  { db }: ApiContext,
  merchantId: bigint,
  charge: Charge,
  keyed?: KeyedRequest,
): Promise<JsonAnswer | { payment: Payment }> {
  return inTransaction(db, async (tx) => {
    const claim = keyed && (await claimKey(tx, keyed));
    if (claim && "replay" in claim) return claim.replay;
    const earlier = claim?.paymentId ? await getPayment(tx, claim.paymentId) : undefined;
    if (earlier) return { payment: earlier };
    const payment = await createChargePayment(tx, merchantId, charge);
    if (keyed) await noteProgress(tx, keyed, payment.id);
    return { payment };
  });
}

function createChargePayment(tx: Client, merchantId: bigint, charge: Charge): Promise<Payment> {
  return createPayment(tx, {
    kind: "charge",
    account_id: accountOf(merchantId, charge.currency),
    amount: charge.amount,
    currency: charge.currency,
    order_reference: charge.orderReference,
    payer_email: charge.payerEmail,
    card_last4: charge.card.slice(-4),
    description: "Card payment at the web checkout",
  });
}

/** Null when there is nothing to book: the bank stayed silent, or the payment had ended in an earlier run. */
async function askBank(
  { bank }: ApiContext,
  { id, status, amount, currency }: Payment,
  card: string,
): Promise<Outcome | null> {
  if (status !== "pending") return null;
  try {
    return await bank.authorise({ reference: bankReference(id), amount, currency }, card);
  } catch (error) {
    if (isBankSilent(error)) return null;
    throw error;
  }
}

async function end(
  { db }: ApiContext,
  payment: Payment,
  outcome: Outcome | null,
  card: string,
  keyed?: KeyedRequest,
): Promise<JsonAnswer> {
  return inTransaction(db, async (tx) => {
    if (outcome) await completePayment(tx, payment.id, outcome, card);
    else if (payment.status === "pending") await enqueueSettlement(tx, payment.id);
    const now = (await getPayment(tx, payment.id)) ?? payment;
    const answer: JsonAnswer = { status: STATUS[now.status], body: paymentJson(now) };
    if (keyed) await finishKey(tx, keyed, payment.id, answer);
    return answer;
  });
}

const STATUS = { succeeded: 201, failed: 402, pending: 202 };
