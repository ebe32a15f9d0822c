import type { Job } from "bullmq";
import { SECOND } from "#lib/core/time.ts";
import { inTransaction, type Pool } from "../data/database.ts";
import type { BankClient } from "../payments/bank-client.ts";
import type { JobData } from "../payments/jobs.ts";
import {
  bankReference,
  completePayment,
  getPayment,
  type Outcome,
  type Payment,
} from "../payments/payments.ts";

/** A charge the bank does not know of this long after we asked for it never reached the bank. */
const CHARGE_LOST_MS = 20 * SECOND;

/** Brings a pending payment to its end. Repeating it is safe: the bank moves money once per reference, we book once per payment. */
export const settle =
  (db: Pool, bank: BankClient) =>
  async (job: Job<JobData["settlements"]>): Promise<string> => {
    const payment = await getPayment(db, BigInt(job.data.paymentId));
    if (!payment) return "gone";
    if (payment.status !== "pending") return payment.status;
    const outcome =
      payment.kind === "charge" ? await findCharge(bank, payment) : await payOut(bank, payment);
    await job.log(`The bank says: ${outcome.status}`);
    await inTransaction(db, (tx) => completePayment(tx, payment.id, outcome));
    return outcome.status;
  };

const payOut = (bank: BankClient, { id, amount, currency }: Payment): Promise<Outcome> =>
  bank.payOut({ reference: bankReference(id), amount, currency });

async function findCharge(bank: BankClient, { id, created_at }: Payment): Promise<Outcome> {
  const outcome = await bank.find(bankReference(id));
  if (outcome) return outcome;
  if (Date.now() - created_at.getTime() > CHARGE_LOST_MS)
    return { status: "failed", failure: "bank_unreachable" };
  throw new Error(`The bank does not know ${bankReference(id)} yet`);
}
