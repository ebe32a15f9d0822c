import type { Job as StoredJob, JobsOptions } from "bullmq";
import type { z } from "zod";
import type { OpenSource } from "#lib/sources/define.ts";
import { queueNamed } from "./queue.ts";
import { unreachable } from "./redis.ts";

/** The named queues in Plumbline's own Redis. */
export type JobQueue = "collect" | "act" | "live" | "maintain";

/** What the worker process lends to a handler. */
export interface JobContext {
  /** Opens a source, or gives the connection that is already open. Throws `not_found` or a `SourceError`. */
  openSource(sourceId: string): Promise<OpenSource>;
}

/** `Context` is what a handler needs of its worker, beyond what every worker lends. */
export interface JobSpec<Data, Context = JobContext> {
  name: string;
  queue: JobQueue;
  schema: z.ZodType<Data>;
  options?: JobsOptions;
  handle(data: Data, context: Context): Promise<unknown>;
}

/** A unit of background work: its data is validated on the way in and on the way out; bad data fails for good, without retries. */
export interface Job<Data = unknown, Context = JobContext> extends JobSpec<Data, Context> {
  /** Throws `unavailable` within about two seconds when Plumbline's own Redis does not answer. */
  enqueue(data: Data, options?: JobsOptions): Promise<StoredJob>;
}

export function defineJob<Data, Context = JobContext>(
  spec: JobSpec<Data, Context>,
): Job<Data, Context> {
  return {
    ...spec,
    async enqueue(data, options) {
      const checked = spec.schema.parse(data);
      const queue = await queueNamed(spec.queue);
      try {
        return await queue.add(spec.name, checked, { ...spec.options, ...options });
      } catch (error) {
        throw unreachable(error);
      }
    },
  };
}
