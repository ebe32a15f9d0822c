import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import {
  asFence,
  fenceTime,
  openForAction,
  queueInput,
  queueTarget,
} from "#lib/sources/bullmq/acting.ts";
import { sweepDelayed, sweepList, sweepPrioritized } from "#lib/sources/bullmq/sweep.ts";
import { seenSchema } from "../danger-schema.ts";
import { readParts, STEPS_MS, stepsAbort, type Swept, takeParts } from "./steps.ts";

type Fence = { at: string };

const drainInput = queueInput.extend({
  /** What the preview showed: nothing else is removed. */
  seen: seenSchema,
  /** Delayed jobs too: those scheduled for later and those that wait for their next attempt. */
  delayed: z.boolean().default(false),
});
type DrainInput = z.output<typeof drainInput>;

/** Deletes the jobs that waited when somebody looked. Jobs that came since, and running, completed and failed ones, stay. */
export const drain = defineAction<DrainInput, Swept>({
  name: "queues.drain",
  title: "Drain queue",
  input: drainInput,
  risk: "dangerous",
  approval: "none",
  where: "target",
  kinds: ["bullmq"],
  target: queueTarget,
  runMs: STEPS_MS,

  async observe({ source, input }) {
    const { queue } = await openForAction(source, input.queue);
    if (!queue.paused) {
      throw new AppError("precondition_failed", `Queue ${input.queue} is not paused`, {
        detail: "While workers take jobs, nobody can tell what was seen from what came since.",
        remedy: "Pause it, look again, then drain it.",
      });
    }
    const { seen, delayed } = input;
    const waiting = seen.lists.reduce((sum, list) => sum + list.count, seen.prioritized.count);
    const before = { waiting, delayed: delayed ? seen.delayed.count : null };
    if (waiting + (before.delayed ?? 0) === 0)
      throw new AppError("precondition_failed", `Nothing waits in queue ${input.queue}`);
    return { fence: { at: fenceTime() } satisfies Fence, before };
  },

  async run({ source, input, runId }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const { seen, delayed } = input;
    const { at, lastId } = seen;
    const { counter, count } = seen.prioritized;
    const sweep = { queue, runId, abort: stepsAbort() };
    const { changed, kept } = await takeParts(`Queue ${input.queue}`, [
      ...seen.lists.map((list) => () => sweepList(conn, { ...sweep, list })),
      () => sweepPrioritized(conn, { ...sweep, counter, limit: count }),
      ...(delayed
        ? [() => sweepDelayed(conn, { ...sweep, at, lastId, limit: seen.delayed.count })]
        : []),
    ]);
    return { result: { removed: changed, kept }, after: { removed: changed, kept } };
  },

  readBack({ source, input, fence, runId }) {
    const { seen, delayed } = input;
    const parts = [...seen.lists.map(({ state }) => state), "prioritized"];
    if (delayed) parts.push("delayed");
    return readParts({ source, queue: input.queue, runId }, parts, asFence<Fence>(fence).at);
  },
});
