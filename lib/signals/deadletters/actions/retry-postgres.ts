import { AppError } from "#lib/core/errors.ts";
import type { Json } from "#lib/core/json.ts";
import { sql } from "#lib/db/sql.ts";
import { asFence } from "#lib/sources/bullmq/acting.ts";
import { jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { openForRetry } from "#lib/sources/bullmq-postgres/acting.ts";
import { standings } from "#lib/sources/bullmq-postgres/failures.ts";
import {
  newestEvent,
  readRetryReceipt,
  retryFailedRow,
} from "#lib/sources/bullmq-postgres/retry.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { contentOf, type Letter, letterById } from "../letters.ts";
import { goneWithQueue, type Standing } from "../standing.ts";
import type { SettledResult } from "./claiming.ts";

interface Retrying {
  source: OpenSource<"bullmq_postgres">;
  input: { id: string; resetAttempts: boolean };
}

type Fence = { standing: Standing; eventId: string };

/** As for queues on Redis: how the job stands to the failure the letter is about. */
export async function observePostgresRetry({ source, input }: Retrying) {
  const letter = await letterById(sql, input.id);
  const found = await openForRetry(source, letter.queueKey).then(
    async (queue): Promise<Fence> => ({
      eventId: await newestEvent(source.conn, queue),
      standing: await standingOf(source, queue, letter),
    }),
    (error: unknown): Fence => ({ eventId: "0", standing: goneWithQueue(error) }),
  );
  const { job, queueKey: queue, attempts } = letter;
  return {
    fence: found,
    before: { standing: found.standing, job, queue, attempts },
  };
}

export async function runPostgresRetry({
  source,
  input,
  fence,
  runId,
}: Retrying & { fence: Json; runId: string }) {
  const { standing, eventId } = asFence<Fence>(fence);
  const letter = await letterById(sql, input.id);
  const state: SettledResult["state"] =
    standing === "here" ? await sendBack({ source, input }, letter, runId, eventId) : standing;
  return { result: { state }, after: { state } };
}

export async function readBackPostgresRetry({
  source,
  input,
  fence,
  runId,
}: Retrying & { fence: Json; runId: string }) {
  const { standing, eventId } = asFence<Fence>(fence);
  const letter = await letterById(sql, input.id);
  const queue = refOfKey(letter.queueKey);
  // A job that did not stand here was not touched.
  if (!queue || standing !== "here") return "not_applied";
  return readRetryReceipt(source.conn, { queue, runId, eventId, ...failureOf(letter) });
}

async function sendBack(
  { source, input }: Retrying,
  letter: Letter,
  runId: string,
  eventId: string,
): Promise<SettledResult["state"]> {
  const queue = await openForRetry(source, letter.queueKey);
  const { opts } = await contentOf(sql, letter.id);
  const act = {
    queue,
    runId,
    eventId,
    ...failureOf(letter),
    lifo: jobOptions(opts)?.lifo ?? false,
  };
  const { resetAttempts } = input;
  const answer = await retryFailedRow(source.conn, { ...act, resetAttempts });
  if (answer.outcome !== "fenced") return "retried";
  const standing = await standingOf(source, queue, letter);
  if (standing !== "here") return standing;
  throw new AppError("conflict", `Job ${letter.job} is not as it was when it failed`, {
    detail: "Its attempts were changed in the queue since.",
    remedy: "Look at the job, then decide.",
  });
}

const failureOf = ({ job, score, attempts }: Letter) => ({
  id: job,
  score: String(score),
  attemptsMade: attempts,
});

async function standingOf(
  { conn }: OpenSource<"bullmq_postgres">,
  queue: QueueRef,
  { job, score }: Letter,
): Promise<Standing> {
  const [now] = await standings(conn, queue, [job]);
  if (!now) return "gone";
  return now.state === "failed" && now.finishedAt === score ? "here" : "superseded";
}
