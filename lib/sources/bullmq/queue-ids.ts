import { AppError } from "#lib/core/errors.ts";
import type { QueueRef } from "./queries.ts";

/** `source~prefix:queue`: source names hold no `~`. */
export const queueId = (source: string, key: string): string => `${source}~${key}`;

/** The two halves of an id. Throws `not_found` for anything else: it is an address that leads nowhere. */
export function splitQueueId(id: string): { source: string; key: string } {
  const at = id.indexOf("~");
  if (at > 0 && at < id.length - 1) return { source: id.slice(0, at), key: id.slice(at + 1) };
  throw new AppError("not_found", "There is no such queue", {
    remedy: "A queue's id is `source~prefix:queue`; see the list of queues.",
  });
}

/** Queue names hold no `:`, prefixes may. Null when there is nothing on either side. */
export function refOfKey(key: string): QueueRef | null {
  const at = key.lastIndexOf(":");
  if (at <= 0 || at === key.length - 1) return null;
  return { prefix: key.slice(0, at), name: key.slice(at + 1) };
}
