import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { isHalfResumed, pauseQueue, resumeQueue } from "#lib/sources/bullmq/queue-acts.ts";
import { queueKey } from "#lib/sources/bullmq/queries.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import {
  answerOf,
  asFence,
  fenceTime,
  openForAction,
  type QueueInput,
  queueInput,
  queueTarget,
  readReceipt,
} from "#lib/sources/bullmq/acting.ts";

type Fence = { at: string };

const common = {
  input: queueInput,
  risk: "low",
  approval: "none",
  kinds: ["bullmq"],
  target: queueTarget,
} as const;

/** Workers finish the jobs they hold and take no more. New jobs wait. */
export const pause = defineAction<QueueInput, { paused: true }>({
  ...common,
  where: "target",
  name: "queues.pause",
  title: "Pause queue",

  async observe({ source, input }) {
    const { queue } = await openForAction(source, input.queue);
    if (queue.paused) throw already(input, "paused");
    return { fence: { at: fenceTime() } satisfies Fence, before: { paused: false } };
  },

  async run({ source, input, runId }) {
    const { conn, queue } = await openForAction(source, input.queue);
    answerOf(await pauseQueue(conn, { queue, runId }), `Queue ${input.queue}`);
    return { result: { paused: true }, after: { paused: true } };
  },

  readBack: ({ source, input, fence, runId }) =>
    readReceipt({ source, queue: input.queue, runId }, asFence<Fence>(fence).at, async (open) => {
      const meta = queueKey(open.queue, "meta");
      return (await open.conn.run((redis) => redis.hexists(meta, "paused"))) === 0;
    }),
});

/** Workers go on; jobs that an older BullMQ set aside while it was paused come back in front. */
export const resume = defineAction<QueueInput, { paused: false }>({
  ...common,
  where: "target",
  name: "queues.resume",
  title: "Resume queue",

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const aside = await conn.run((redis) => redis.llen(stateKey(queue, "paused")));
    if (!queue.paused && aside === 0) throw already(input, "running");
    return {
      fence: { at: fenceTime() } satisfies Fence,
      before: { paused: queue.paused, setAside: aside },
    };
  },

  async run({ source, input, runId }) {
    const { conn, queue } = await openForAction(source, input.queue);
    answerOf(await resumeQueue(conn, { queue, runId }), `Queue ${input.queue}`);
    return { result: { paused: false }, after: { paused: false, setAside: 0 } };
  },

  async readBack({ source, input, fence, runId }) {
    const run = { source, queue: input.queue, runId };
    const answer = await readReceipt(run, asFence<Fence>(fence).at, async (open) => {
      const meta = queueKey(open.queue, "meta");
      return (await open.conn.run((redis) => redis.hexists(meta, "paused"))) === 1;
    });
    const queue = refOfKey(input.queue);
    if (answer !== "applied" || source.kind !== "bullmq" || !queue) return answer;
    // A very long list comes back in steps: going on is safe, and nobody else puts back the rest.
    return (await isHalfResumed(source.conn, queue)) ? "not_applied" : "applied";
  },
});

function already({ queue }: QueueInput, state: string): AppError {
  return new AppError("precondition_failed", `Queue ${queue} is ${state} already`);
}
