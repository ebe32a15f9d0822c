/** A worker process: takes jobs from its queues until told to end. Its supervisor passes its role and `WorkerSettings` as JSON. */
import { Worker, type Processor, type WorkerOptions } from "bullmq";
import { Redis } from "ioredis";
import { messageOf } from "#lib/core/errors.ts";
import { SECOND, sleep } from "#lib/core/time.ts";
import { openPool } from "../data/database.ts";
import { log } from "../log.ts";
import { createBankClient } from "../payments/bank-client.ts";
import type { QueueName } from "../payments/jobs.ts";
import { openQueues, type Queues } from "../payments/queues.ts";
import { countPayment } from "./analytics.ts";
import { sendEmail } from "./emails.ts";
import { doChore, scheduleChores } from "./maintenance.ts";
import { sendText } from "./notifications.ts";
import { closeBatch, payOutShop } from "./payouts.ts";
import { settle } from "./settlements.ts";
import { writeStatement } from "./statements.ts";
import type { WorkerRole, WorkerSettings } from "./supervisor.ts";
import { callWebhook } from "./webhooks.ts";

const METRICS = { maxDataPoints: 24 * 60 };
/** Running jobs may finish; what has not by then stalls, and is taken up by the next worker. */
const GRACE_MS = 4_000;
const RETRY_MS = 2_000;

const settings = JSON.parse(process.env.SANDBOX_WORKER ?? "{}") as WorkerSettings & {
  role: WorkerRole;
};
const workers: Worker[] = [];

async function stop(): Promise<void> {
  setTimeout(() => process.exit(0), GRACE_MS);
  await Promise.allSettled(workers.map((worker) => worker.close()));
  process.exit(0);
}
process.once("SIGTERM", () => void stop());
// Ctrl-C reaches the whole group; the supervisor says when to end.
process.on("SIGINT", () => {});
// Without its supervisor the worker must not live on.
process.once("disconnect", () => void stop());

const clientName = `${settings.role}-worker`;
/** BullMQ waits for jobs on it, so it may not give up on commands. */
const connection = new Redis(settings.redisUrl, {
  connectionName: clientName,
  maxRetriesPerRequest: null,
});
connection.on("error", () => {});

function work(name: QueueName, processor: Processor, more: Partial<WorkerOptions> = {}): void {
  const worker = new Worker(name, processor, { connection, concurrency: 5, ...more });
  worker.on("error", () => {});
  workers.push(worker);
}

const db = openPool(settings.databaseUrl, clientName, settings.role === "payments" ? 4 : 1);
if (settings.role === "statements") takeStatements();
else await takeTheOthers();
log(`${settings.role} worker ${process.pid} takes jobs`);

/** The newest queue: whoever wrote it forgot the metrics, but had statements lost by a crash noticed within seconds. */
function takeStatements(): void {
  const noticed = { lockDuration: 5 * SECOND, stalledInterval: 5 * SECOND };
  work("statements", writeStatement(db), { ...noticed, concurrency: 1 });
}

async function takeTheOthers(): Promise<void> {
  const { bankUrl, mailUrl, smsUrl, shopsUrl, payments } = settings;
  const queues = await openQueues(settings.redisUrl);
  const metrics = METRICS;
  work("settlements", settle(db, createBankClient(bankUrl)), { metrics });
  work("emails", sendEmail(mailUrl), { metrics });
  work("webhooks", callWebhook(shopsUrl), { metrics });
  work("notifications", sendText(smsUrl), { metrics, concurrency: 10 });
  work("analytics", countPayment(connection), { metrics });
  work("campaigns", sendEmail(mailUrl), { metrics, limiter: { max: 5, duration: SECOND } });
  work("payouts", payOutShop(db), { metrics });
  work("payout-batches", closeBatch, { metrics });
  work("maintenance", doChore({ db, queues, payments }), { metrics, concurrency: 1 });
  await scheduleWhenPossible(queues);
}

async function scheduleWhenPossible(queues: Queues): Promise<void> {
  try {
    await scheduleChores(queues);
  } catch (error) {
    log(`worker: chores are not scheduled yet: ${messageOf(error)}`);
    await sleep(RETRY_MS);
    await scheduleWhenPossible(queues);
  }
}
