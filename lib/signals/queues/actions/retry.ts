import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { redactText } from "#lib/core/redact.ts";
import { retryFailed } from "#lib/sources/bullmq/job-acts.ts";
import { jobOptions } from "#lib/sources/bullmq/job-hash.ts";
import { queueKey } from "#lib/sources/bullmq/queries.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import { locateJob } from "#lib/sources/bullmq/locate.ts";
import {
  answerOf,
  asFence,
  fenceTime,
  type JobInput,
  jobInput,
  jobTarget,
  openForAction,
  readReceipt,
} from "#lib/sources/bullmq/acting.ts";

type Fence = {
  /** When it failed, by its worker's clock: the score that names this very failure. */
  score: string;
  attemptsMade: number;
  lifo: boolean;
  at: string;
};

const retryInput = jobInput.extend({
  /** The attempts that somebody saw when they decided: a job that has failed again since is left alone. */
  attemptsMade: z.int().nonnegative().optional(),
  /** Counts from the start again: as many attempts as the job's options allow, instead of one. */
  resetAttempts: z.boolean().default(false),
});

/** One more attempt for one failure: the same failure cannot be retried twice, whoever asks. */
export const retry = defineAction<z.output<typeof retryInput>, { state: string }>({
  name: "queues.retry",
  title: "Retry job",
  input: retryInput,
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["bullmq"],
  target: jobTarget,

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const location = await locateJob(conn, queue, input.job);
    const key = queueKey(queue, input.job);
    const [reason, opts, atm, older] = await conn.run((redis) =>
      redis.hmget(key, "failedReason", "opts", "atm", "attemptsMade"),
    );
    if (opts === null) throw noSuchJob(input);
    if (location.state !== "failed" || location.score === null) {
      throw notInState(input, "failed", location.state);
    }
    const attemptsMade = Number(atm ?? older ?? 0);
    if (input.attemptsMade !== undefined && input.attemptsMade !== attemptsMade)
      throw failedAgain(input);
    const lifo = jobOptions(opts)?.lifo ?? false;
    const failedReason = reason ? redactText(reason).slice(0, 500) : null;
    const { score } = location;
    return {
      fence: { score, attemptsMade, lifo, at: fenceTime() } satisfies Fence,
      before: { state: "failed", failedReason, attemptsMade },
    };
  },

  async run({ source, input, fence, runId }) {
    const { score, attemptsMade, lifo } = asFence<Fence>(fence);
    const { conn, queue } = await openForAction(source, input.queue);
    const { job: id, resetAttempts } = input;
    const act = { queue, id, runId, score, attemptsMade, lifo, resetAttempts };
    const code = answerOf(await retryFailed(conn, act), `Job ${input.job}`);
    if (code !== null && code !== 1) throw noSuchJob(input);
    return { result: { state: "waiting" }, after: { state: "waiting", resetAttempts } };
  },

  readBack({ source, input, fence, runId }) {
    const { score, at } = asFence<Fence>(fence);
    return readReceipt({ source, queue: input.queue, runId }, at, async ({ conn, queue }) => {
      const key = stateKey(queue, "failed");
      return (await conn.run((redis) => redis.zscore(key, input.job))) === score;
    });
  },
});

export function noSuchJob({ queue, job }: JobInput): AppError {
  return new AppError("not_found", `Queue ${queue} has no job ${job}`, {
    detail: "It was removed, or its data was.",
  });
}

function failedAgain({ job }: JobInput): AppError {
  return new AppError("conflict", `Job ${job} failed again meanwhile; nothing was done`, {
    detail: "Somebody else retried it since it was looked at.",
    remedy: "Look at its newest failure, then decide.",
  });
}

export function notInState({ job }: JobInput, wanted: string, found: string | null): AppError {
  return new AppError("precondition_failed", `Job ${job} is not ${wanted}`, {
    detail: found ? `It is ${found}.` : "No list of the queue holds it.",
    remedy: "Look at it again, then decide.",
  });
}
