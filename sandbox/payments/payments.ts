import type { Client, Queryable } from "../data/database.ts";
import { HttpError } from "../http/http-error.ts";
import { OWN_ACCOUNTS, type Currency } from "./accounts.ts";
import { book, type Entry } from "./ledger.ts";
import { feeOn } from "./money.ts";
import { announce } from "./announce.ts";
import { enqueue } from "./outbox.ts";

export interface Payment {
  id: bigint;
  account_id: bigint;
  kind: "charge" | "withdrawal" | "refund";
  status: "pending" | "succeeded" | "failed";
  amount: bigint;
  currency: Currency;
  order_reference: string;
  payer_email: string | null;
  card_last4: string | null;
  refund_of: bigint | null;
  description: string;
  failure: string | null;
  created_at: Date;
  finished_at: Date | null;
}

export type NewPayment = Pick<
  Payment,
  "account_id" | "kind" | "amount" | "currency" | "order_reference" | "description"
> &
  Partial<Pick<Payment, "payer_email" | "card_last4" | "refund_of">>;

/** What the bank said about a payment. */
export type Outcome = { status: "succeeded" } | { status: "failed"; failure: string };

/** The name by which the bank knows a payment. Sending it twice moves money once. */
export const bankReference = (id: bigint | string): string => `HP-${id}`;

export async function getPayment(db: Queryable, id: bigint): Promise<Payment | undefined> {
  const { rows } = await db.query<Payment>("SELECT * FROM payments WHERE id = $1", [id]);
  return rows[0];
}

/** A pending payment. Withdrawals and refunds take the money from the merchant at once; a charge waits for the bank. */
export async function createPayment(tx: Client, payment: NewPayment): Promise<Payment> {
  const { rows } = await tx.query<Payment>(
    `INSERT INTO payments (account_id, kind, amount, currency, order_reference, payer_email, card_last4, refund_of, description)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *`,
    [
      payment.account_id,
      payment.kind,
      payment.amount,
      payment.currency,
      payment.order_reference,
      payment.payer_email ?? null,
      payment.card_last4 ?? null,
      payment.refund_of ?? null,
      payment.description,
    ],
  );
  const created = rows[0] as Payment;
  if (created.kind === "charge") return created;
  const inTransit = BigInt(OWN_ACCOUNTS[created.currency].in_transit);
  const booked = await book(
    tx,
    created.id,
    transfer(created.account_id, inTransit, created.amount),
  );
  if (!booked)
    throw new HttpError(422, "insufficient_funds", "The balance is smaller than the amount.");
  await enqueueSettlement(tx, created.id);
  return created;
}

/** Asks the settlements worker to find out, or bring about, what the bank does with a payment. */
export async function enqueueSettlement(tx: Client, id: bigint): Promise<void> {
  await enqueue(tx, [
    {
      queue: "settlements",
      name: "settle",
      data: { paymentId: String(id) },
      jobId: `settle-${id}`,
    },
  ]);
}

/**
 * Ends a pending payment: books it, and tells payer and merchant. Null when it had ended before, so that repeating is safe.
 * `card` is the full number where it is known.
 */
export async function completePayment(
  tx: Client,
  id: bigint,
  outcome: Outcome,
  card?: string,
): Promise<Payment | null> {
  const { rows } = await tx.query<Payment>(
    "UPDATE payments SET status = $2, failure = $3, finished_at = now() WHERE id = $1 AND status = 'pending' RETURNING *",
    [id, outcome.status, outcome.status === "failed" ? outcome.failure : null],
  );
  const payment = rows[0];
  if (!payment) return null;
  const entries = entriesOf(payment);
  if (entries.length > 0 && !(await book(tx, id, entries)))
    throw new Error(`payment ${id} cannot be booked`);
  await announce(tx, payment, card);
  return payment;
}

function entriesOf(payment: Payment): Entry[] {
  const own = OWN_ACCOUNTS[payment.currency];
  const [bank, inTransit, fees] = [BigInt(own.bank), BigInt(own.in_transit), BigInt(own.fees)];
  const { kind, status, amount, account_id: merchant } = payment;
  if (kind !== "charge")
    return transfer(inTransit, status === "succeeded" ? bank : merchant, amount);
  if (status === "failed") return [];
  const fee = feeOn(amount);
  return [
    { accountId: bank, amount: -amount },
    { accountId: merchant, amount: amount - fee },
    { accountId: fees, amount: fee },
  ];
}

const transfer = (from: bigint, to: bigint, amount: bigint): Entry[] => [
  { accountId: from, amount: -amount },
  { accountId: to, amount },
];
