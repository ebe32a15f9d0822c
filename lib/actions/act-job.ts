import { z } from "zod";
import { defineJob } from "#lib/jobs/define.ts";
import { type ActContext, executeRun } from "./execute.ts";

/** Wakes a worker for one recorded intent. It carries no truth of its own: losing it costs the seconds until the next sweep. */
export const actJob = defineJob({
  name: "act.execute",
  queue: "act",
  schema: z.object({ runId: z.uuid() }),
  // Kept jobs would make a later one with the same id a no-op.
  options: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  handle: ({ runId }, context: ActContext) => executeRun(runId, context),
});
