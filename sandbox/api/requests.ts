import { z } from "zod";
import { HttpError } from "../http/http-error.ts";
import type { JsonRequest } from "../http/router.ts";
import { parseMinor } from "../payments/money.ts";
import type { Payment } from "../payments/payments.ts";
import type { KeyedRequest } from "./idempotency.ts";

/** Minor units as a decimal string. */
export const amountSchema = z.string().transform((text, context) => {
  const minor = parseMinor(text);
  if (minor !== null) return minor;
  context.addIssue('must be minor units as a decimal string, such as "12500"');
  return z.NEVER;
});
export const currencySchema = z.enum(["NGN", "USD"]);

export function parseBody<S extends z.ZodType>(schema: S, request: JsonRequest): z.output<S> {
  const parsed = schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  throw new HttpError(422, "invalid_request", z.prettifyError(parsed.error));
}

/** A decimal id from a path or query. */
export function parseId(text: string | null | undefined): bigint {
  if (text && /^\d{1,18}$/.test(text)) return BigInt(text);
  throw new HttpError(400, "invalid_id", "An id is a decimal number.");
}

/** Which shop asks. In place of an API key: this company trusts everybody on loopback. */
export const merchantOf = (request: JsonRequest): bigint =>
  parseId(String(request.headers["merchant-id"]));

/** The request's idempotency key; undefined when it carries none, which this API allows. */
export function keyOf(request: JsonRequest, path: string): KeyedRequest | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key === "string" && key.length >= 8 && key.length <= 200)
    return { merchantId: merchantOf(request), key, path, body: request.body };
  throw new HttpError(400, "invalid_key", "An Idempotency-Key has 8 to 200 characters.");
}

export function paymentJson(payment: Payment) {
  return {
    id: String(payment.id),
    accountId: String(payment.account_id),
    kind: payment.kind,
    status: payment.status,
    amount: String(payment.amount),
    currency: payment.currency,
    orderReference: payment.order_reference,
    payerEmail: payment.payer_email,
    cardLast4: payment.card_last4,
    refundOf: payment.refund_of === null ? null : String(payment.refund_of),
    failure: payment.failure,
    createdAt: payment.created_at,
    finishedAt: payment.finished_at,
  };
}
