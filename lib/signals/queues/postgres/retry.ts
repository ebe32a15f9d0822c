import { redactText } from "#lib/core/redact.ts";
import { answerOf, asFence } from "#lib/sources/bullmq/acting.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { openForRetry } from "#lib/sources/bullmq-postgres/acting.ts";
import {
  type FailureFence,
  newestEvent,
  readRetryReceipt,
  retryFailedRow,
} from "#lib/sources/bullmq-postgres/retry.ts";
import { lookAtJobs } from "#lib/sources/bullmq-postgres/seen-jobs.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { failedAgain, noSuchJob, notInState } from "../actions/refusals.ts";
import type { RetryInput } from "../actions/retry-input.ts";

type Source = OpenSource<"bullmq_postgres">;

interface Retrying {
  source: Source;
  input: RetryInput;
}

/** Which failure of the job is meant: see `retry`. */
export async function observePostgresRetry({ source, input }: Retrying) {
  const queue = await openForRetry(source, input.queue);
  const eventId = await newestEvent(source.conn, queue);
  const [job] = await lookAtJobs(source.conn, queue, [input.job]);
  if (!job) throw noSuchJob(input);
  const { attemptsMade, finishedAt } = job.facts;
  if (job.state !== "failed" || !finishedAt) throw notInState(input, "failed", job.state);
  if (input.attemptsMade !== undefined && input.attemptsMade !== attemptsMade)
    throw failedAgain(input);
  const score = String(finishedAt.getTime());
  const lifo = job.options?.lifo ?? false;
  const failedReason = job.reason ? redactText(job.reason).slice(0, 500) : null;
  return {
    fence: { score, attemptsMade, lifo, eventId },
    before: { state: "failed", failedReason, attemptsMade },
  };
}

export async function runPostgresRetry({
  source,
  input,
  fence,
  runId,
}: Retrying & { fence: Parameters<typeof asFence>[0]; runId: string }) {
  const queue = await openForRetry(source, input.queue);
  const { job: id, resetAttempts } = input;
  const act = { queue, id, runId, resetAttempts, ...asFence<Fence>(fence) };
  const code = answerOf(await retryFailedRow(source.conn, act), `Job ${id}`);
  if (code !== null && code !== 1) throw noSuchJob(input);
  return { result: { state: "waiting" }, after: { state: "waiting", resetAttempts } };
}

export async function readBackPostgresRetry({
  source,
  input,
  fence,
  runId,
}: Retrying & { fence: Parameters<typeof asFence>[0]; runId: string }) {
  const queue = refOfKey(input.queue);
  if (!queue) return "not_applied";
  const act = { queue, id: input.job, runId, ...asFence<Fence>(fence) };
  return readRetryReceipt(source.conn, act);
}

type Fence = { [Key in keyof FailureFence]: FailureFence[Key] };
