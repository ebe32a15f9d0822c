/** The worker process: takes jobs from all queues until told to end. Its supervisor passes `WorkerSettings` as JSON. */
import { Worker, type Processor, type WorkerOptions } from "bullmq";
import { Redis } from "ioredis";
import { messageOf } from "#lib/core/errors.ts";
import { sleep } from "#lib/core/time.ts";
import { openPool } from "../data/database.ts";
import { log } from "../log.ts";
import { createBankClient } from "../payments/bank-client.ts";
import { openQueues, type QueueName } from "../payments/queues.ts";
import { sendEmail } from "./emails.ts";
import { doChore, scheduleChores } from "./maintenance.ts";
import { settle } from "./settlements.ts";
import type { WorkerSettings } from "./supervisor.ts";
import { callWebhook } from "./webhooks.ts";

const DAY_IN_MINUTES = 24 * 60;
/** Running jobs may finish; what has not by then stalls, and is taken up by the next worker. */
const GRACE_MS = 4_000;
const RETRY_MS = 2_000;

const settings = JSON.parse(process.env.SANDBOX_WORKER ?? "{}") as WorkerSettings;
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

/** BullMQ waits for jobs on it, so it may not give up on commands. */
const connection = new Redis(settings.redisUrl, {
  connectionName: "payments-worker",
  maxRetriesPerRequest: null,
});
connection.on("error", () => {});

function work(name: QueueName, processor: Processor, more: Partial<WorkerOptions> = {}): void {
  const metrics = { maxDataPoints: DAY_IN_MINUTES };
  const worker = new Worker(name, processor, { connection, concurrency: 5, metrics, ...more });
  worker.on("error", () => {});
  workers.push(worker);
}

const { bankUrl, mailUrl, shopsUrl, payments } = settings;
const db = openPool(settings.databaseUrl, "payments-worker", 4);
const queues = await openQueues(settings.redisUrl);
work("settlements", settle(db, createBankClient(bankUrl)));
work("emails", sendEmail(mailUrl));
work("webhooks", callWebhook(shopsUrl));
work("campaigns", sendEmail(mailUrl), { limiter: { max: 5, duration: 1_000 } });
work("maintenance", doChore({ db, queues, payments }), { concurrency: 1 });
log(`worker ${process.pid} takes jobs`);
await scheduleWhenPossible();

async function scheduleWhenPossible(): Promise<void> {
  try {
    await scheduleChores(queues);
  } catch (error) {
    log(`worker: chores are not scheduled yet: ${messageOf(error)}`);
    await sleep(RETRY_MS);
    await scheduleWhenPossible();
  }
}
