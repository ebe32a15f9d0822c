import { z } from "zod";
import { newId } from "#lib/core/ids.ts";
import { inTransaction, type Client } from "../data/database.ts";
import { HttpError } from "../http/http-error.ts";
import type { JsonAnswer, JsonRequest } from "../http/router.ts";
import { createPayment, type NewPayment, type Payment } from "../payments/payments.ts";
import type { ApiContext } from "./server.ts";
import { claimKey, finishKey } from "./idempotency.ts";
import { accountOf, requireMerchant } from "./merchants.ts";
import {
  amountSchema,
  currencySchema,
  keyOf,
  merchantOf,
  parseBody,
  paymentJson,
} from "./requests.ts";

const withdrawalSchema = z.object({ amount: amountSchema, currency: currencySchema });

/** `POST /v1/withdrawals`: the money leaves the account now; the settlements worker sends it to the bank. */
export const createWithdrawal =
  (context: ApiContext) =>
  async (request: JsonRequest): Promise<JsonAnswer> => {
    const { amount, currency } = parseBody(withdrawalSchema, request);
    return moneyOut(context, request, "/v1/withdrawals", async (merchantId) => ({
      kind: "withdrawal",
      account_id: accountOf(merchantId, currency),
      amount,
      currency,
      order_reference: `WD-${newId()}`,
      description: "Withdrawal to the shop's bank account",
    }));
  };

const refundSchema = z.object({ paymentId: z.string().regex(/^\d{1,18}$/), amount: amountSchema });

/** `POST /v1/refunds`: gives back all or part of a charge, never more than it was. */
export const createRefund =
  (context: ApiContext) =>
  async (request: JsonRequest): Promise<JsonAnswer> => {
    const { paymentId, amount } = parseBody(refundSchema, request);
    return moneyOut(context, request, "/v1/refunds", async (merchantId, tx) => {
      const charge = await refundableCharge(tx, merchantId, BigInt(paymentId), amount);
      return {
        kind: "refund",
        account_id: charge.account_id,
        amount,
        currency: charge.currency,
        order_reference: `REF-${newId()}`,
        payer_email: charge.payer_email,
        card_last4: charge.card_last4,
        refund_of: charge.id,
        description: "Refund to the card",
      };
    });
  };

/** Locks the charge, so that refunds at the same time are counted one after the other. */
async function refundableCharge(
  tx: Client,
  merchantId: bigint,
  id: bigint,
  amount: bigint,
): Promise<Payment> {
  const { rows } = await tx.query<Payment>(
    `SELECT payments.* FROM payments JOIN accounts ON accounts.id = payments.account_id
     WHERE payments.id = $1 AND accounts.merchant_id = $2 FOR NO KEY UPDATE OF payments`,
    [id, merchantId],
  );
  const charge = rows[0];
  if (charge?.kind !== "charge" || charge.status !== "succeeded") {
    throw new HttpError(
      422,
      "not_refundable",
      `Payment ${id} is not a successful charge of this shop.`,
    );
  }
  const { rows: sums } = await tx.query<{ refunded: string }>(
    "SELECT coalesce(sum(amount), 0)::text AS refunded FROM payments WHERE refund_of = $1 AND status <> 'failed'",
    [id],
  );
  if (BigInt(sums[0]?.refunded ?? 0) + amount > charge.amount) {
    throw new HttpError(
      422,
      "refund_too_large",
      "The refunds would add up to more than the charge.",
    );
  }
  return charge;
}

/** Key, payment, ledger and job in one transaction: a repeated key finds all of it or nothing. */
async function moneyOut(
  { db, cache }: ApiContext,
  request: JsonRequest,
  path: string,
  draft: (merchantId: bigint, tx: Client) => Promise<NewPayment>,
): Promise<JsonAnswer> {
  const merchantId = merchantOf(request);
  await requireMerchant(db, cache, merchantId);
  const keyed = keyOf(request, path);
  const answer = await inTransaction(db, async (tx): Promise<JsonAnswer> => {
    const claim = keyed && (await claimKey(tx, keyed));
    if (claim && "replay" in claim) return claim.replay;
    const payment = await createPayment(tx, await draft(merchantId, tx));
    const created: JsonAnswer = { status: 201, body: paymentJson(payment) };
    if (keyed) await finishKey(tx, keyed, payment.id, created);
    return created;
  });
  await cache.forget(`balances:${merchantId}`);
  return answer;
}
