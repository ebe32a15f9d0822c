import type { Job } from "bullmq";
import { inTransaction, type Client, type Pool } from "../data/database.ts";
import { merchantsFor } from "../data/load.ts";
import { payer, PAYERS } from "../data/people.ts";
import type { JobData } from "../payments/jobs.ts";
import { enqueueSettlement } from "../payments/payments.ts";
import type { Queues } from "../payments/queues.ts";
import { writePayouts } from "./payouts.ts";
import { askForStatements } from "./statements.ts";

interface Context {
  db: Pool;
  queues: Queues;
  /** About how many payments are kept. */
  payments: number;
}

type Chore = (context: Context) => Promise<unknown>;

/** Every chore with its schedule. The company's day has 20 minutes: night falls at minute 15 of each. */
const CHORES: Record<string, { schedule: { every: number } | { pattern: string }; run: Chore }> = {
  "resume-settlements": { schedule: { every: 60_000 }, run: resumeSettlements },
  prune: { schedule: { every: 60_000 }, run: prune },
  "write-campaign": { schedule: { every: 30_000 }, run: writeCampaign },
  "ask-for-statements": {
    schedule: { every: 60_000 },
    run: ({ queues, payments }) => askForStatements(queues, merchantsFor(payments)),
  },
  "write-payouts": {
    schedule: { every: 60_000 },
    run: ({ queues, payments }) => writePayouts(queues, merchantsFor(payments)),
  },
  "quiet-hours-begin": {
    schedule: { pattern: "15,35,55 * * * *" },
    run: ({ queues }) => queues.campaigns.pause(),
  },
  "quiet-hours-end": {
    schedule: { pattern: "0,20,40 * * * *" },
    run: ({ queues }) => queues.campaigns.resume(),
  },
};

export async function scheduleChores(queues: Queues): Promise<void> {
  for (const [name, { schedule }] of Object.entries(CHORES))
    await queues.maintenance.upsertJobScheduler(name, schedule, { name });
}

export const doChore = (context: Context) => async (job: Job<JobData["maintenance"]>) => {
  await CHORES[job.name]?.run(context);
};

/** Payments that have been pending for long lost their job, or it gave up: they get a new one. */
async function resumeSettlements({ db, queues }: Context): Promise<void> {
  const { rows } = await db.query<{ id: bigint }>(
    "SELECT id FROM payments WHERE status = 'pending' AND created_at < now() - interval '5 minutes' ORDER BY created_at LIMIT 100",
  );
  for (const { id } of rows) {
    const job = await queues.settlements.getJob(`settle-${id}`);
    if (!job) await inTransaction(db, (tx) => enqueueSettlement(tx, id));
    else if (await job.isFailed()) await job.retry();
  }
}

const PRUNED_AT_ONCE = 400;
const PRUNE_ROUNDS = 5;

/** Keeps the books at their size: the oldest payments leave, and what they added up to is carried forward. */
async function prune({ db, payments }: Context): Promise<void> {
  for (let round = 0; round < PRUNE_ROUNDS; round += 1) {
    const { rows } = await db.query<{ kept: bigint }>(
      "SELECT coalesce(max(id) - min(id), 0) AS kept FROM payments",
    );
    const surplus = Number(rows[0]?.kept ?? 0) - payments * 1.1;
    if (surplus <= 0) break;
    await inTransaction(db, (tx) => carryForward(tx, Math.min(PRUNED_AT_ONCE, Math.ceil(surplus))));
  }
  await db.query("DELETE FROM idempotency_keys WHERE created_at < now() - interval '2 hours'");
}

async function carryForward(tx: Client, count: number): Promise<void> {
  const { rows: old } = await tx.query<{ id: bigint }>(
    "SELECT id FROM payments WHERE status <> 'pending' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
    [count],
  );
  const ids = old.map((row) => row.id);
  const { rows: sums } = await tx.query<{ account_id: bigint; amount: bigint }>(
    `WITH gone AS (DELETE FROM ledger_entries WHERE payment_id = ANY($1) RETURNING account_id, amount)
     SELECT account_id, sum(amount)::bigint AS amount FROM gone GROUP BY account_id`,
    [ids],
  );
  const accounts = sums.map((row) => row.account_id);
  await tx.query("SELECT FROM accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", [
    accounts,
  ]);
  await tx.query(
    `UPDATE accounts SET carried_forward = carried_forward + gone.amount
     FROM unnest($1::bigint[], $2::bigint[]) AS gone (account_id, amount) WHERE accounts.id = gone.account_id`,
    [accounts, sums.map((row) => row.amount)],
  );
  await tx.query("DELETE FROM payments WHERE id = ANY($1)", [ids]);
}

/** A few recipients of today's offer. They are sent by day; at night the queue is paused and fills up. */
async function writeCampaign({ queues }: Context): Promise<void> {
  const recipients = Array.from({ length: 4 }, () => payer(Math.floor(Math.random() * PAYERS)));
  await queues.campaigns.addBulk(
    recipients.map(({ name, email }) => ({
      name: "offer",
      data: { to: email, template: "offer", values: { name }, date: new Date().toISOString() },
    })),
  );
}
