import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { queueInput } from "#lib/sources/bullmq/acting.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { readScheduler, type Scheduler } from "#lib/sources/bullmq/schedulers.ts";
import { LEGACY } from "../live/schedulers.ts";

export const schedulerInput = queueInput.extend({
  /** The scheduler's id. */
  scheduler: z.string().min(1).max(1_000),
});
export type SchedulerInput = z.output<typeof schedulerInput>;

/** How the audit names what was acted on. */
export const schedulerTarget = ({ queue, scheduler }: SchedulerInput): string =>
  `scheduler ${queue} ${scheduler}`;

/** A scheduler that can be acted on. Throws `not_found`, or `precondition_failed` for those of older versions. */
export async function requireScheduler(
  conn: BullmqConnection,
  queue: QueueRef,
  input: SchedulerInput,
): Promise<Scheduler> {
  const scheduler = await readScheduler(conn, queue, input.scheduler);
  if (!scheduler) {
    throw new AppError("not_found", `Queue ${input.queue} has no scheduler ${input.scheduler}`, {
      detail: "It was removed, it came to its end, or it is paused.",
    });
  }
  if (!scheduler.legacy) return scheduler;
  throw new AppError("precondition_failed", `Scheduler ${input.scheduler} is read only here`, {
    detail: LEGACY,
    remedy: "Define it with upsertJobScheduler in the application.",
  });
}

/** Job options as BullMQ stores them. Throws `precondition_failed` for a text that is no JSON object. */
export function parseOptions(text: string | null, { scheduler }: SchedulerInput): JobOptionsJson {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as JobOptionsJson;
  } catch {
    // Told below.
  }
  throw new AppError(
    "precondition_failed",
    `The options of scheduler ${scheduler} cannot be read`,
    {
      remedy: "Define it again in the application.",
    },
  );
}

export type JobOptionsJson = Record<string, unknown> & {
  priority?: number;
  repeat?: { count?: number };
};

export const priorityOf = ({ priority }: JobOptionsJson): number =>
  typeof priority === "number" && priority > 0 ? Math.trunc(priority) : 0;
