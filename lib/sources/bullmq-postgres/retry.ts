import type { FencedAnswer } from "../bullmq/fenced.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import type { RunStatement } from "../postgres/connect.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";

/** One failure of one job: the millisecond it finished, and the attempts, which tell two failures of one millisecond apart. */
export interface FailureFence {
  score: string;
  attemptsMade: number;
  lifo: boolean;
  /** The newest event of the queue when the fence was read: a receipt comes behind it. */
  eventId: string;
}

export interface PostgresRetry extends FailureFence {
  queue: QueueRef;
  id: string;
  runId: string;
  /** Gives the job all its attempts again; otherwise it gets one more. */
  resetAttempts: boolean;
}

/** A custom event of the queue. BullMQ's consumers hand events on by name; nobody listens to this one. */
const RECEIPT = "plumbline-receipt";

/** The newest event of a queue; "0" when there is none. */
export async function newestEvent(
  conn: BullmqPostgresConnection,
  { prefix, name }: QueueRef,
): Promise<string> {
  const [row] = await conn.query<{ id: string }>(
    `select coalesce(max(id), 0)::text as id from ${inSchema(prefix, "event")} where queue = $1`,
    [name],
    { lane: "interactive" },
  );
  return row?.id ?? "0";
}

/**
 * Puts a failed job back in line while its failure is still the one that was read, at most once per run: the job's row is locked,
 * compared, and handed to BullMQ's own function, and the receipt is written, in one transaction.
 */
export function retryFailedRow(
  conn: BullmqPostgresConnection,
  act: PostgresRetry,
): Promise<FencedAnswer> {
  const { queue, id, lifo, resetAttempts, runId } = act;
  return conn.act(async (run) => {
    const row = await lockRow(run, queue, id);
    if (await hasReceipt(run, act)) return { outcome: "repeated" };
    if (!row || !isSame(row, act)) return { outcome: "fenced" };
    const [answer] = await run<{ code: number }>(
      `select ${inSchema(queue.prefix, "reprocess_job")}($1, $2, 'failed', $3, $4, $4) as code`,
      [queue.name, id, lifo, resetAttempts],
    );
    const code = answer?.code ?? -1;
    if (code === 1) await leaveReceipt(run, queue, runId);
    return { outcome: "done", code };
  });
}

/**
 * Whether a retry took effect. It waits for a transaction of ours that the server may still have open. Its receipt says yes for
 * certain; without one it is a no while events that old are still kept.
 */
export function readRetryReceipt(
  conn: BullmqPostgresConnection,
  act: Omit<PostgresRetry, "resetAttempts" | "lifo">,
): Promise<"applied" | "not_applied" | "unknown"> {
  return conn.act(async (run) => {
    await run("set local lock_timeout = '2s'");
    const row = await lockRow(run, act.queue, act.id);
    if (await hasReceipt(run, act)) return "applied";
    if (row && isSame(row, act)) return "not_applied";
    const [kept] = await run(
      `select from ${inSchema(act.queue.prefix, "event")} where queue = $1 and id <= $2::bigint limit 1`,
      [act.queue.name, act.eventId],
    );
    return kept ? "not_applied" : "unknown";
  });
}

interface LockedRow {
  failed: boolean;
  score: string | null;
  attemptsMade: number;
}

async function lockRow(
  run: RunStatement,
  { prefix, name }: QueueRef,
  id: string,
): Promise<LockedRow | null> {
  const [row] = await run<LockedRow>(
    `select state = 'failed' as failed, finished_at_ms::text as score, attempts_made as "attemptsMade"
     from ${inSchema(prefix, "job")} where queue = $1 and id = $2 for update`,
    [name, id],
  );
  return row ?? null;
}

const isSame = (row: LockedRow, fence: { score: string; attemptsMade: number }): boolean =>
  row.failed && row.score === fence.score && row.attemptsMade === fence.attemptsMade;

async function leaveReceipt(
  run: RunStatement,
  { prefix, name }: QueueRef,
  runId: string,
): Promise<void> {
  await run(`select ${inSchema(prefix, "publish_event")}($1, $2, $3::jsonb)`, [
    name,
    RECEIPT,
    JSON.stringify({ run: runId }),
  ]);
}

async function hasReceipt(
  run: RunStatement,
  { queue, eventId, runId }: Pick<PostgresRetry, "queue" | "eventId" | "runId">,
): Promise<boolean> {
  const [found] = await run(
    `select from ${inSchema(queue.prefix, "event")}
     where queue = $1 and id > $2::bigint and event = $3 and data ->> 'run' = $4 limit 1`,
    [queue.name, eventId, RECEIPT, runId],
  );
  return found !== undefined;
}
