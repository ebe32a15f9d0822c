import { defineAction } from "#lib/actions/define.ts";
import { promoteDelayed } from "#lib/sources/bullmq/job-acts.ts";
import { dueTime, stateKey } from "#lib/sources/bullmq/states.ts";
import { locateJob } from "#lib/sources/bullmq/locate.ts";
import { noSuchJob, notInState } from "./refusals.ts";
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
  /** When it is due: a job that was delayed anew has another score. */
  score: string;
  at: string;
};

/** Runs a delayed job now instead of when it is due. */
export const promote = defineAction<JobInput, { state: string }>({
  name: "queues.promote",
  title: "Promote job",
  input: jobInput,
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["bullmq"],
  target: jobTarget,

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const { state, score } = await locateJob(conn, queue, input.job);
    if (state === null) throw noSuchJob(input);
    if (state !== "delayed" || score === null) throw notInState(input, "delayed", state);
    return {
      fence: { score, at: fenceTime() } satisfies Fence,
      before: { state: "delayed", dueAt: dueTime(Number(score)).toISOString() },
    };
  },

  async run({ source, input, fence, runId }) {
    const { score } = asFence<Fence>(fence);
    const { conn, queue } = await openForAction(source, input.queue);
    const answer = await promoteDelayed(conn, { queue, id: input.job, runId, score });
    answerOf(answer, `Job ${input.job}`);
    return { result: { state: "waiting" }, after: { state: "waiting" } };
  },

  readBack({ source, input, fence, runId }) {
    const { score, at } = asFence<Fence>(fence);
    return readReceipt({ source, queue: input.queue, runId }, at, async ({ conn, queue }) => {
      const key = stateKey(queue, "delayed");
      return (await conn.run((redis) => redis.zscore(key, input.job))) === score;
    });
  },
});
