import type { JobsOptions } from "bullmq";
import type { z } from "zod";

/** The named queues in Plumbline's own Redis. */
export type JobQueue = "collect" | "act" | "live" | "maintain";

export interface JobSpec<Data> {
  name: string;
  queue: JobQueue;
  schema: z.ZodType<Data>;
  options?: JobsOptions;
  handle(data: Data): Promise<unknown>;
}

/** A unit of background work: its data is validated on the way in and on the way out; bad data fails for good, without retries. */
export type Job = JobSpec<never>;

export function defineJob<Data>(spec: JobSpec<Data>): Job {
  return spec as unknown as Job;
}
