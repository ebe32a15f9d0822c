import { sha256 } from "#lib/core/ids.ts";
import type { Client } from "../data/database.ts";
import { ownersPhone } from "../data/people.ts";
import type { EmailJob } from "./jobs.ts";
import { enqueue, type OutboxJob } from "./outbox.ts";
import type { Payment } from "./payments.ts";

/** Lower runs first. */
const PRIORITY = { warning: 1, receipt: 10 };
const SURVEY_DELAY_MS = 10 * 60_000;

/** E-mails, the text message, the webhook and the figures about a payment that has just ended. */
export async function announce(tx: Client, payment: Payment, card?: string): Promise<void> {
  const { rows } = await tx.query<{ id: bigint; name: string; email: string }>(
    "SELECT merchants.id, merchants.name, merchants.email FROM merchants JOIN accounts ON accounts.merchant_id = merchants.id WHERE accounts.id = $1",
    [payment.account_id],
  );
  const merchant = rows[0];
  if (!merchant) throw new Error(`account ${payment.account_id} belongs to nobody`);
  await enqueue(tx, [
    ...emails(payment, merchant, card),
    ...texts(payment, merchant.id),
    webhook(payment, merchant.id),
    figures(payment),
  ]);
}

function emails(
  payment: Payment,
  merchant: { name: string; email: string },
  card?: string,
): OutboxJob[] {
  const { id, kind, status, payer_email: payer } = payment;
  const values = {
    shop: merchant.name,
    amount: `${payment.amount} ${payment.currency}`,
    order: payment.order_reference,
    card: card ?? `**** ${payment.card_last4}`,
  };
  if (status === "failed") {
    return kind === "withdrawal"
      ? [email(`notice-${id}`, merchant.email, "withdrawal-returned", values, PRIORITY.warning)]
      : [];
  }
  if (kind === "withdrawal") {
    const paidOut = email(
      `payout-${id}`,
      merchant.email,
      "withdrawal-paid",
      values,
      PRIORITY.receipt,
    );
    const survey = {
      ...email(`survey-${id}`, merchant.email, "how-did-we-do", { shop: merchant.name }),
      delay: SURVEY_DELAY_MS,
    };
    return id % 20n === 0n ? [paidOut, survey] : [paidOut];
  }
  return payer ? [email(`receipt-${id}`, payer, `${kind}-receipt`, values, PRIORITY.receipt)] : [];
}

function email(
  jobId: string,
  to: string,
  template: string,
  values: EmailJob["values"],
  priority?: number,
): OutboxJob {
  return {
    queue: "emails",
    name: template,
    jobId,
    priority,
    data: { to, template, values, date: new Date().toISOString() },
  };
}

function webhook(payment: Payment, merchantId: bigint): OutboxJob {
  const event = `${payment.kind}.${payment.status}`;
  return {
    queue: "webhooks",
    name: event,
    jobId: `hook-${payment.id}`,
    data: {
      merchantId: String(merchantId),
      event,
      payment: {
        id: String(payment.id),
        amount: String(payment.amount),
        currency: payment.currency,
        orderReference: payment.order_reference,
        payerEmail: payment.payer_email,
      },
      signingSecret: `whsec_${sha256(`shop ${merchantId}`).slice(0, 32)}`,
    },
  };
}

/** Owners want to know at once when money leaves their account. */
function texts({ id, kind, status, amount, currency }: Payment, merchantId: bigint): OutboxJob[] {
  if (kind !== "withdrawal") return [];
  const what = status === "succeeded" ? "is on its way to your bank" : "was returned by your bank";
  return [
    {
      queue: "notifications",
      name: `withdrawal.${status}`,
      jobId: `text-${id}`,
      data: { phone: ownersPhone(merchantId), text: `Your ${amount} ${currency} ${what}.` },
    },
  ];
}

function figures({ id, kind, currency, amount }: Payment): OutboxJob {
  return {
    queue: "analytics",
    name: "count-payment",
    jobId: `count-${id}`,
    data: { kind, currency, amount: String(amount) },
  };
}
