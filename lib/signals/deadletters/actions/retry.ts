import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { asFence, fenceTime, openForAction, readReceipt } from "#lib/sources/bullmq/acting.ts";
import { type RetryAct, retryFailed } from "#lib/sources/bullmq/job-acts.ts";
import { jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { payloadSha1 } from "#lib/sources/bullmq/payload.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import { contentOf, type Letter, letterById, requireEditable } from "../letters.ts";
import { goneWithQueue, type Standing, standingOf } from "../standing.ts";
import { observePostgresRetry, readBackPostgresRetry, runPostgresRetry } from "./retry-postgres.ts";
import {
  claimLetter,
  editShown,
  letterInput,
  requireSameEdit,
  settleLetter,
  type SettledResult,
} from "./claiming.ts";

const retryInput = letterInput.extend({
  /** Gives the job all its attempts again; otherwise it gets one more. */
  resetAttempts: z.boolean().default(false),
  edit: editShown,
});
type RetryInput = z.output<typeof retryInput>;

type Fence = { standing: Standing; at: string };

/** Retries one failure once: whoever asks, however often, and whatever else acts on the same job. */
export const retry = defineAction<RetryInput, SettledResult>({
  name: "deadletters.retry",
  title: "Retry",
  input: retryInput,
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["bullmq", "bullmq_postgres"],
  target: ({ id }) => `dead letter ${id}`,

  async claim(claiming) {
    const letter = await claimLetter(claiming, ["dead"], "retried");
    requireSameEdit(letter, claiming.input.edit);
    if (claiming.input.edit !== undefined) requireEditable(letter);
  },
  settle: settleLetter("retried"),

  async observe({ source, input }) {
    if (source.kind === "bullmq_postgres") return observePostgresRetry({ source, input });
    const letter = await letterById(sql, input.id);
    const standing = await openForAction(source, letter.queueKey).then(
      ({ conn, queue }) => standingOf(conn, queue, letter),
      goneWithQueue,
    );
    const { attempts } = letter;
    return {
      fence: { standing, at: fenceTime() } satisfies Fence,
      before: { standing, job: letter.job, queue: letter.queueKey, attempts },
    };
  },

  async run({ source, input, fence, runId }) {
    if (source.kind === "bullmq_postgres") return runPostgresRetry({ source, input, fence, runId });
    const { standing } = asFence<Fence>(fence);
    const letter = await letterById(sql, input.id);
    const state = standing === "here" ? await sendBack(source, letter, input, runId) : standing;
    const edited = state === "retried" && input.edit !== undefined;
    return { result: { state }, after: { state, edited } };
  },

  async readBack({ source, input, fence, runId }) {
    if (source.kind === "bullmq_postgres")
      return readBackPostgresRetry({ source, input, fence, runId });
    const { at } = asFence<Fence>(fence);
    const { queueKey: queue, job, score } = await letterById(sql, input.id);
    return readReceipt({ source, queue, runId }, at, async (open) => {
      const key = stateKey(open.queue, "failed");
      return (await open.conn.run((redis) => redis.zscore(key, job))) === score;
    });
  },
});

type Source = Parameters<typeof openForAction>[0];

async function sendBack(
  source: Source,
  letter: Letter,
  input: RetryInput,
  runId: string,
): Promise<SettledResult["state"]> {
  const { conn, queue } = await openForAction(source, letter.queueKey);
  const answer = await retryFailed(conn, await retryAct(letter, input, { queue, runId }));
  if (answer.outcome !== "fenced") return "retried";
  const standing = await standingOf(conn, queue, letter);
  if (standing !== "here") return standing;
  throw new AppError("conflict", `Job ${letter.job} is not as it was when it failed`, {
    detail: "Its payload or its attempts were changed in the queue since.",
    remedy: "Look at the job, then decide.",
  });
}

async function retryAct(
  letter: Letter,
  { resetAttempts, edit }: RetryInput,
  at: Pick<RetryAct, "queue" | "runId">,
): Promise<RetryAct> {
  const content = await contentOf(sql, letter.id);
  const lifo = jobOptions(content.opts)?.lifo ?? false;
  const { job: id, score, attempts: attemptsMade } = letter;
  const act = { ...at, id, score: String(score), attemptsMade, lifo, resetAttempts };
  if (edit === undefined) return act;
  requireSameEdit(letter, edit);
  if (!content.data || !content.edit) throw new Error(`letter ${letter.id} lost its edit`);
  return { ...act, edit: { from: payloadSha1(content.data), data: content.edit } };
}
