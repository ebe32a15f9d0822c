import { AppError } from "#lib/core/errors.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import type { OpenSource } from "../define.ts";
import { openPostgresQueue } from "./open-queue.ts";

/** Why not even a retry is offered to a role without the capability `retry_allowed`. */
export const MAY_ONLY_READ =
  "Plumbline's role may only read this queue: the doctor prints what a retry needs.";

/** A queue in which we may retry. Throws `not_found`, or `precondition_failed` when this role may only read. */
export async function openForRetry(
  source: OpenSource<"bullmq_postgres">,
  key: string,
): Promise<QueueRef> {
  const queue = await openPostgresQueue(source.conn, key);
  if (source.capabilities.has("retry_allowed")) return queue;
  throw new AppError("precondition_failed", `Queue ${key} is read only here`, {
    detail: MAY_ONLY_READ,
    remedy: "Grant it, or retry from the application that owns the queue.",
  });
}
