import { defineAction } from "#lib/actions/define.ts";
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
  jobTarget,
  openForAction,
  readReceipt,
} from "#lib/sources/bullmq/acting.ts";
import { failedAgain, noSuchJob, notInState } from "./refusals.ts";
import { type RetryInput, retryInput } from "./retry-input.ts";
import {
  observePostgresRetry,
  readBackPostgresRetry,
  runPostgresRetry,
} from "../postgres/retry.ts";

type Fence = {
  /** When it failed, by its worker's clock: the score that names this very failure. */
  score: string;
  attemptsMade: number;
  lifo: boolean;
  at: string;
};

/** One more attempt for one failure: the same failure cannot be retried twice, whoever asks. */
export const retry = defineAction<RetryInput, { state: string }>({
  name: "queues.retry",
  title: "Retry job",
  input: retryInput,
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["bullmq", "bullmq_postgres"],
  target: jobTarget,

  async observe({ source, input }) {
    if (source.kind === "bullmq_postgres") return observePostgresRetry({ source, input });
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
    if (source.kind === "bullmq_postgres") return runPostgresRetry({ source, input, fence, runId });
    const { score, attemptsMade, lifo } = asFence<Fence>(fence);
    const { conn, queue } = await openForAction(source, input.queue);
    const { job: id, resetAttempts } = input;
    const act = { queue, id, runId, score, attemptsMade, lifo, resetAttempts };
    const code = answerOf(await retryFailed(conn, act), `Job ${input.job}`);
    if (code !== null && code !== 1) throw noSuchJob(input);
    return { result: { state: "waiting" }, after: { state: "waiting", resetAttempts } };
  },

  readBack({ source, input, fence, runId }) {
    if (source.kind === "bullmq_postgres")
      return readBackPostgresRetry({ source, input, fence, runId });
    const { score, at } = asFence<Fence>(fence);
    return readReceipt({ source, queue: input.queue, runId }, at, async ({ conn, queue }) => {
      const key = stateKey(queue, "failed");
      return (await conn.run((redis) => redis.zscore(key, input.job))) === score;
    });
  },
});
