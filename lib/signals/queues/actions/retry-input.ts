import { z } from "zod";
import { jobInput } from "#lib/sources/bullmq/acting.ts";

export const retryInput = jobInput.extend({
  /** The attempts that somebody saw when they decided: a job that has failed again since is left alone. */
  attemptsMade: z.int().nonnegative().optional(),
  /** Counts from the start again: as many attempts as the job's options allow, instead of one. */
  resetAttempts: z.boolean().default(false),
});

export type RetryInput = z.output<typeof retryInput>;
