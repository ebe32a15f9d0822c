import { FlowProducer, Queue, type DefaultJobOptions, type FlowJob } from "bullmq";
import { Redis } from "ioredis";
import { log } from "../log.ts";
import { QUEUE_NAMES, type QueueName } from "./jobs.ts";

const HOUR_S = 3_600;
/** Finished jobs stay long enough to be looked at, and few enough for a small Redis. */
const KEEP: DefaultJobOptions = {
  removeOnComplete: { age: HOUR_S, count: 1_000 },
  removeOnFail: { age: 7 * 24 * HOUR_S, count: 2_000 },
};

const OPTIONS: Record<QueueName, DefaultJobOptions> = {
  settlements: {
    ...KEEP,
    attempts: 6,
    backoff: { type: "exponential", delay: 1_000, jitter: 0.5 },
  },
  // Gives up within seconds, too soon for receivers that greylist, and without jitter: a policy nobody has looked at since.
  emails: { ...KEEP, attempts: 3, backoff: { type: "exponential", delay: 2_000 } },
  webhooks: { ...KEEP, attempts: 5, backoff: { type: "exponential", delay: 1_000, jitter: 0.5 } },
  // Patient, and again without jitter: what failed together comes back together.
  notifications: { ...KEEP, attempts: 8, backoff: { type: "exponential", delay: 1_000 } },
  // Nobody has ever missed a figure, so failures are thrown away.
  analytics: { removeOnComplete: { count: 100 }, removeOnFail: true },
  campaigns: { ...KEEP, attempts: 1 },
  statements: { ...KEEP, attempts: 2, backoff: { type: "fixed", delay: 5_000 } },
  payouts: { ...KEEP, attempts: 2, backoff: { type: "fixed", delay: 5_000 } },
  "payout-batches": KEEP,
  maintenance: { removeOnComplete: { count: 50 }, removeOnFail: { count: 50 } },
};

const FLOW_OPTIONS = Object.fromEntries(
  QUEUE_NAMES.map((name) => [name, { defaultJobOptions: OPTIONS[name] }]),
);

export type Queues = Record<QueueName, Queue> & {
  /** Adds a job together with those it waits for, each with the options of its queue. */
  addFlow(flow: FlowJob): Promise<void>;
  close(): Promise<void>;
};

/** The producing side of all queues over one connection that fails fast when Redis does not answer. */
export async function openQueues(redisUrl: string): Promise<Queues> {
  const connection = openRedis(redisUrl, "payments-queues", 1_000);
  // A queue made over a connection that is not ready never works.
  await new Promise<void>((resolve) => connection.once("ready", () => resolve()));
  const all = QUEUE_NAMES.map((name) => {
    const queue = new Queue(name, {
      connection,
      defaultJobOptions: OPTIONS[name],
      skipWaitingForReady: true,
    });
    queue.on("error", () => {});
    return [name, queue] as const;
  });
  const flows = new FlowProducer({ connection });
  flows.on("error", () => {});
  return {
    ...(Object.fromEntries(all) as Record<QueueName, Queue>),
    async addFlow(flow) {
      await flows.add(flow, { queuesOptions: FLOW_OPTIONS });
    },
    async close() {
      await flows.close();
      await Promise.allSettled(all.map(([, queue]) => queue.close()));
      connection.disconnect();
    },
  };
}

/** A Redis connection that answers within `commandTimeout` ms or throws; it reconnects by itself. */
export function openRedis(url: string, connectionName: string, commandTimeout: number): Redis {
  const redis = new Redis(url, {
    connectionName,
    commandTimeout,
    connectTimeout: 2_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(times * 200, 2_000),
  });
  let broken = false;
  redis.on("ready", () => {
    if (broken) log(`${connectionName}: Redis is back`);
    broken = false;
  });
  redis.on("error", (error) => {
    if (!broken) log(`${connectionName}: Redis is away: ${error.message}`);
    broken = true;
  });
  return redis;
}
