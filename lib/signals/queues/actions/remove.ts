import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { redactText } from "#lib/core/redact.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { removeFrom } from "#lib/sources/bullmq/job-acts.ts";
import { queueKey, type QueueRef } from "#lib/sources/bullmq/queries.ts";
import { isListState, type JobState, stateKey } from "#lib/sources/bullmq/states.ts";
import { type Location, locateJob } from "#lib/sources/bullmq/locate.ts";
import { noSuchJob } from "./refusals.ts";
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
  state: JobState;
  score: string | null;
  /** When it was added: another job may have the same id one day. */
  addedAt: string;
  at: string;
};

/** Taking an id out of a list means walking it: longer ones would hold Redis up. */
const MAX_LIST = 100_000;

/** Deletes a job for good, with its logs. It cannot be brought back. */
export const remove = defineAction<JobInput, { removed: true }>({
  name: "queues.remove",
  title: "Remove job",
  input: jobInput,
  risk: "dangerous",
  approval: "none",
  where: "target",
  kinds: ["bullmq"],
  target: jobTarget,

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const [name, addedAt] = await conn.run((redis) =>
      redis.hmget(queueKey(queue, input.job), "name", "timestamp"),
    );
    if (!addedAt) throw noSuchJob(input);
    const { state, score } = await locateJob(conn, queue, input.job);
    const removable = await requireRemovable(conn, queue, input, { state, score });
    return {
      fence: { state: removable, score, addedAt, at: fenceTime() } satisfies Fence,
      before: { state: removable, name: name ? redactText(name) : null, addedAt: toIso(addedAt) },
    };
  },

  async run({ source, input, fence, runId }) {
    const { state, score, addedAt } = asFence<Fence>(fence);
    const { conn, queue } = await openForAction(source, input.queue);
    const act = { queue, id: input.job, runId, score, addedAt };
    const code = answerOf(await removeFrom(conn, state, act), `Job ${input.job}`);
    if (code === 0) throw refused(input, "A worker is running it.");
    if (code === -8) throw refused(input, "It is the next run of a scheduler.");
    return { result: { removed: true }, after: { state: "removed" } };
  },

  readBack({ source, input, fence, runId }) {
    const { state, score, addedAt, at } = asFence<Fence>(fence);
    return readReceipt({ source, queue: input.queue, runId }, at, async ({ conn, queue }) => {
      const timestamp = await conn.run((redis) =>
        redis.hget(queueKey(queue, input.job), "timestamp"),
      );
      if (timestamp !== addedAt || isListState(state)) return timestamp === addedAt;
      return (await conn.run((redis) => redis.zscore(stateKey(queue, state), input.job))) === score;
    });
  },
});

async function requireRemovable(
  conn: BullmqConnection,
  queue: QueueRef,
  input: JobInput,
  { state }: Pick<Location, "state" | "score">,
): Promise<JobState> {
  if (state === "active") throw refused(input, "A worker is running it.");
  if (state === null) throw refused(input, "Its state could not be found.");
  const pending = await conn.run((redis) =>
    redis.scard(`${queueKey(queue, input.job)}:dependencies`),
  );
  if (pending > 0) throw refused(input, `It still waits for ${pending} jobs of its flow.`);
  if (!isListState(state)) return state;
  const length = await conn.run((redis) => redis.llen(stateKey(queue, state)));
  if (length <= MAX_LIST) return state;
  throw refused(input, `Finding it among ${length} waiting jobs would hold up the Redis server.`);
}

function refused({ job }: JobInput, detail: string): AppError {
  return new AppError("precondition_failed", `Job ${job} cannot be removed now`, { detail });
}

const toIso = (timestamp: string): string | null => {
  const at = new Date(Number(timestamp));
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
};
