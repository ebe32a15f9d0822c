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
import { stateKey } from "#lib/sources/bullmq/states.ts";
import { sweepFinished } from "#lib/sources/bullmq/sweep.ts";
import { cleanStateSchema } from "../danger-schema.ts";
import { readParts, STEPS_MS, stepsAbort, type Swept, takeParts } from "./steps.ts";

type Fence = { at: string };

const cleanInput = queueInput.extend({
  state: cleanStateSchema,
  /** Milliseconds since 1970: what finished later stays. */
  before: z.int().nonnegative(),
  /** How many the preview showed: no more are removed. */
  expected: z.int().positive(),
});
type CleanInput = z.output<typeof cleanInput>;

/** Deletes completed or failed jobs that finished before a moment. */
export const clean = defineAction<CleanInput, Swept>({
  name: "queues.clean",
  title: "Clean queue",
  input: cleanInput,
  risk: "dangerous",
  approval: "none",
  where: "target",
  kinds: ["bullmq"],
  target: queueTarget,
  runMs: STEPS_MS,

  async observe({ source, input }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const { state, before, expected } = input;
    const key = stateKey(queue, state);
    const found = await conn.run((redis) => redis.zcount(key, "-inf", before));
    if (found === 0) {
      throw new AppError("precondition_failed", `Queue ${input.queue} has no such jobs`, {
        detail: `No ${state} job finished before ${new Date(before).toISOString()}.`,
      });
    }
    return { fence: { at: fenceTime() } satisfies Fence, before: { [state]: found, expected } };
  },

  async run({ source, input, runId }) {
    const { conn, queue } = await openForAction(source, input.queue);
    const { state, before, expected: limit } = input;
    const sweep = { queue, runId, abort: stepsAbort(), state, before, limit };
    const { changed, kept } = await takeParts(`Queue ${input.queue}`, [
      () => sweepFinished(conn, sweep),
    ]);
    return { result: { removed: changed, kept }, after: { removed: changed, kept } };
  },

  readBack: ({ source, input, fence, runId }) =>
    readParts({ source, queue: input.queue, runId }, [input.state], asFence<Fence>(fence).at),
});
