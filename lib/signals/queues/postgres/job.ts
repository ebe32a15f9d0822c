import { redactText } from "#lib/core/redact.ts";
import { MAX_FETCH_BYTES, toPayload } from "#lib/sources/bullmq/payload.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { readFailures } from "#lib/sources/bullmq/stack.ts";
import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import { readFlowPart } from "#lib/sources/bullmq-postgres/flow.ts";
import { readJobRow, readLogs } from "#lib/sources/bullmq-postgres/job.ts";
import { MAX_REASON, MAX_TEXT_BYTES, noSuchJob } from "../live/job.ts";
import { shownFacts } from "../live/jobs.ts";
import { LOG_LINES, MAX_LOG_LINE, shownLine } from "../live/logs.ts";
import { shownProgress } from "../live/progress.ts";
import type { LiveJob } from "../live-schema.ts";

/** As `readJob` for queues on Redis: one job as it is stored now, masked unless it was revealed. */
export async function readPostgresJob(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  id: string,
  revealed: boolean,
): Promise<LiveJob> {
  const limits = { payloadBytes: MAX_FETCH_BYTES, textBytes: MAX_TEXT_BYTES };
  const job = await readJobRow(conn, queue, id, limits);
  if (!job) throw noSuchJob(queue, id);
  const logs = await readLogs(conn, queue, id, { from: null, ...LOGS });
  const above = job.parent && (await readFlowPart(conn, queue.prefix, job.parent));
  const { state, facts, options, payload, result, progress, failedReason, parent, children } = job;
  const show = revealed ? (text: string): string => text : redactText;
  return {
    id,
    ...shownFacts(facts, job.maxAttempts || null),
    dueAt: job.dueAt?.toISOString() ?? null,
    state,
    stateNote: null,
    options,
    payload: toPayload(payload.text, payload.bytes, revealed),
    result: result && toPayload(result.text, result.bytes, revealed),
    ...shownProgress(progress, revealed),
    failedReason: failedReason && show(failedReason).slice(0, MAX_REASON),
    failures: readFailures(job.stacks, facts.attemptsMade, revealed),
    logs: { ...logs, lines: logs.lines.map((line) => shownLine(line, revealed)) },
    parent: parent && {
      queue: `${queue.prefix}:${parent.queue}`,
      job: parent.id,
      state: above?.job?.state ?? null,
      onFailure: job.onFailure,
    },
    children,
    schedulerId: facts.schedulerId && show(facts.schedulerId),
    revealed,
  };
}

/** Cut behind the mask, so that half an address cannot slip through. */
const LOGS = { lines: LOG_LINES, lineLength: MAX_LOG_LINE * 2 };

/** At most `LOG_LINES` lines of a job's log, from line number `from` up to and without `to`. */
export async function readPostgresLogs(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  { job, from, to }: { job: string; from: number; to: number },
  revealed: boolean,
): Promise<{ lines: string[]; leftOut: number }> {
  const asked = Math.min(Math.max(to - from, 1), LOG_LINES);
  const { lines } = await readLogs(conn, queue, job, { ...LOGS, from, lines: asked });
  return { lines: lines.map((line) => shownLine(line, revealed)), leftOut: 0 };
}
