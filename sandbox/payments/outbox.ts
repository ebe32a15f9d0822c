import type { JobsOptions } from "bullmq";
import { messageOf } from "#lib/core/errors.ts";
import { inTransaction, type Client, type Pool } from "../data/database.ts";
import { log } from "../log.ts";
import { startLoop, type Loop } from "../loop.ts";
import type { JobData, QueueName } from "./jobs.ts";
import type { Queues } from "./queues.ts";

export interface OutboxJob<Q extends QueueName = QueueName> {
  queue: Q;
  name: string;
  data: JobData[Q];
  /** Also keeps the job from being queued twice, while BullMQ remembers it. */
  jobId: string;
  priority?: number;
  delay?: number;
}

/** Notes jobs in the same transaction as the change that makes them necessary, so that neither exists without the other. */
export async function enqueue(tx: Client, jobs: OutboxJob[]): Promise<void> {
  if (jobs.length === 0) return;
  await tx.query(
    "INSERT INTO outbox (queue, name, data, options) SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::jsonb[])",
    [
      jobs.map((job) => job.queue),
      jobs.map((job) => job.name),
      jobs.map((job) => JSON.stringify(job.data)),
      jobs.map(({ jobId, priority, delay }) => JSON.stringify({ jobId, priority, delay })),
    ],
  );
}

interface OutboxRow {
  queue: QueueName;
  name: string;
  data: never;
  options: JobsOptions;
}

const BATCH = 100;
const IDLE_MS = 500;
const AFTER_ERROR_MS = 2_000;

/** Hands noted jobs to BullMQ until stopped: at least once, and by job id in effect once. */
export function startRelay(pool: Pool, queues: Queues): Loop {
  let failing = false;
  return startLoop(async () => {
    try {
      const moved = await relayBatch(pool, queues);
      if (failing) log("relay: jobs flow again");
      failing = false;
      return moved === BATCH ? 0 : IDLE_MS;
    } catch (error) {
      if (!failing) log(`relay: jobs wait in the outbox: ${messageOf(error)}`);
      failing = true;
      return AFTER_ERROR_MS;
    }
  });
}

async function relayBatch(pool: Pool, queues: Queues): Promise<number> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<OutboxRow>(
      `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING queue, name, data, options`,
      [BATCH],
    );
    for (const [queue, group] of Map.groupBy(rows, (row) => row.queue)) {
      await queues[queue].addBulk(
        group.map(({ name, data, options }) => ({ name, data, opts: options })),
      );
    }
    return rows.length;
  });
}
