import type { Job, JobsOptions } from "bullmq";
import { sha256 } from "#lib/core/ids.ts";
import { MINUTE } from "#lib/core/time.ts";
import { accountOf } from "../api/merchants.ts";
import { inTransaction, type Client, type Pool } from "../data/database.ts";
import type { PayoutJob } from "../payments/jobs.ts";
import { createPayment } from "../payments/payments.ts";
import type { Queues } from "../payments/queues.ts";

/** The kinds of batches, and what the failure of one shop's payout means to each. */
const BATCHES: [name: string, onFailure: JobsOptions][] = [
  ["daily-payouts", { failParentOnFailure: true }],
  ["weekly-payouts", { ignoreDependencyOnFailure: true }],
  // Waits until somebody retries or removes the payout that failed.
  ["partner-payouts", {}],
];
const SHOPS_PER_BATCH = 5;
const STUCK_KEPT = 20;

/** Pays out to the next few shops: a batch that waits for one job per shop. */
export async function writePayouts(queues: Queues, merchants: number): Promise<void> {
  const round = Math.floor(Date.now() / MINUTE);
  const [name, onFailure] = BATCHES[round % BATCHES.length] ?? ["daily-payouts", {}];
  const shops = Array.from(
    { length: SHOPS_PER_BATCH },
    (_, at) => ((round * SHOPS_PER_BATCH + at) % merchants) + 1,
  );
  await queues.addFlow({
    name,
    queueName: "payout-batches",
    data: { shops: shops.length },
    opts: { jobId: `batch-${round}` },
    children: shops.map((shop) => ({
      name: "payout",
      queueName: "payouts",
      data: { merchantId: String(shop), reference: `PAY-${round}-${shop}` } satisfies PayoutJob,
      opts: { ...onFailure, jobId: `payout-${round}-${shop}` },
    })),
  });
  await forgetOldest(queues);
}

/** Batches that wait for ever would fill the Redis. */
async function forgetOldest({ "payout-batches": batches }: Queues): Promise<void> {
  const old = await batches.getJobs(["waiting-children"], STUCK_KEPT, STUCK_KEPT + 20);
  for (const batch of old) await batch.remove({ removeChildren: true });
}

interface PaidOut {
  /** Minor units. */
  amount: string;
}

/** Withdraws a hundredth of a shop's dollars for it. */
export const payOutShop =
  (db: Pool) =>
  async ({ data }: Job<PayoutJob>): Promise<PaidOut> => {
    if (isUnderReview(Number(data.merchantId)))
      throw new Error(`The bank account of shop ${data.merchantId} is under review`);
    const account = accountOf(BigInt(data.merchantId), "USD");
    const amount = await inTransaction(db, (tx) => withdrawOnce(tx, account, data.reference));
    return { amount: String(amount) };
  };

async function withdrawOnce(tx: Client, accountId: bigint, reference: string): Promise<bigint> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [reference]);
  const { rows } = await tx.query<{ paid: bigint | null; balance: bigint }>(
    `SELECT balance, (SELECT amount FROM payments WHERE order_reference = $2) AS paid
     FROM accounts WHERE id = $1 FOR NO KEY UPDATE OF accounts`,
    [accountId, reference],
  );
  const amount = rows[0]?.paid ?? (rows[0]?.balance ?? 0n) / 100n;
  if (rows[0]?.paid || amount === 0n) return amount;
  await createPayment(tx, {
    kind: "withdrawal",
    account_id: accountId,
    amount,
    currency: "USD",
    order_reference: reference,
    description: "Payout to the shop's bank account",
  });
  return amount;
}

const REVIEW_MS = 5 * MINUTE;

/** The bank looks at one shop in five again and again, for five minutes at a time. */
const isUnderReview = (merchant: number): boolean =>
  merchant % SHOPS_PER_BATCH === 3 &&
  sha256(`${merchant} ${Math.floor(Date.now() / REVIEW_MS)}`) < "a";

/** Ends a batch, once its payouts have ended: what was paid, and how many shops were not. */
export async function closeBatch(job: Job): Promise<{ amount: string; missing: number }> {
  const paid = Object.values(await job.getChildrenValues<PaidOut>());
  const missing = Object.keys(await job.getIgnoredChildrenFailures()).length;
  return { amount: String(paid.reduce((sum, one) => sum + BigInt(one.amount), 0n)), missing };
}
