import { z } from "zod";
import { defineAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { SECOND } from "#lib/core/time.ts";
import {
  asFence,
  fenceTime,
  openForAction,
  queueInput,
  queueTarget,
} from "#lib/sources/bullmq/acting.ts";
import { SPREAD_PART, spreadDelayed } from "#lib/sources/bullmq/spread.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import { readParts, STEPS_MS, stepsAbort, takeParts } from "./steps.ts";

/** The new times, fixed before the first job is moved. */
type Fence = { start: number; end: number; at: string };

const WEEK_SECONDS = 7 * 86_400;
const moment = z.int().nonnegative();

const spreadInput = queueInput
  .extend({
    /** Milliseconds since 1970: the wave to spread, by when its jobs are due. */
    from: moment,
    to: moment,
    /** When it was looked at: jobs that were delayed later are left alone. */
    seenAt: moment,
    /** Seconds over which the new times are spread, from the start of the wave or from now. */
    over: z.int().min(10).max(WEEK_SECONDS),
  })
  .refine(({ from, to }) => to >= from, { path: ["to"], error: "Must not be before `from`" });
type SpreadInput = z.output<typeof spreadInput>;

/** Full jitter after the fact: retries that would all run at once get random times. Scheduled jobs stay where they are. */
export const spread = defineAction<SpreadInput, { spread: number; left: number }>({
  name: "queues.spread",
  title: "Spread wave",
  input: spreadInput,
  risk: "low",
  approval: "none",
  where: "target",
  kinds: ["bullmq"],
  target: queueTarget,
  runMs: STEPS_MS,

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const { from, to, over } = input;
    const key = stateKey(queue, "delayed");
    const due = await conn.run((redis) => redis.zcount(key, from * 4_096, `(${(to + 1) * 4_096}`));
    if (due === 0) {
      throw new AppError("precondition_failed", `No job of queue ${input.queue} is due then`, {
        detail: "They ran, or somebody moved them.",
      });
    }
    const start = Math.max(from, Date.now());
    const end = start + over * SECOND;
    return { fence: { start, end, at: fenceTime() } satisfies Fence, before: { due } };
  },

  async run({ source, input, fence, runId }) {
    const { start, end } = asFence<Fence>(fence);
    const { conn, queue } = await openForAction(source, input.queue);
    const { from, to, seenAt } = input;
    const call = { queue, runId, from, to, seenAt, start, end, abort: stepsAbort() };
    const { changed, kept } = await takeParts(`Queue ${input.queue}`, [
      () => spreadDelayed(conn, call),
    ]);
    const until = new Date(end).toISOString();
    const result = { spread: changed, left: kept };
    return { result, after: { ...result, until } };
  },

  readBack: ({ source, input, fence, runId }) =>
    readParts({ source, queue: input.queue, runId }, [SPREAD_PART], asFence<Fence>(fence).at),
});
