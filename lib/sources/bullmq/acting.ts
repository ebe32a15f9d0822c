import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import type { Json } from "#lib/core/json.ts";
import type { OpenSource } from "../define.ts";
import { type FencedAnswer, hasReceipt, RECEIPT_MS } from "./fenced.ts";
import { type OpenQueue, openQueue } from "./open-queue.ts";
import type { DiscoveredQueue } from "./queries.ts";
import { refOfKey } from "./queue-ids.ts";
import { readOnlyBecause } from "./read-only.ts";

const queueKey = z
  .string()
  .max(1_000)
  .refine((key) => refOfKey(key) !== null, { error: "Write it as prefix:queue" });

export const queueInput = z.object({ queue: queueKey });
export type QueueInput = z.output<typeof queueInput>;

export const jobInput = queueInput.extend({ job: z.string().min(1).max(1_000) });
export type JobInput = z.output<typeof jobInput>;

/** How the audit names what was acted on. */
export const queueTarget = ({ queue }: QueueInput): string => `queue ${queue}`;
export const jobTarget = ({ queue, job }: JobInput): string => `job ${queue} ${job}`;

/** A queue we may act on. Throws `not_found`, or `precondition_failed` with the reason why it is read only. */
export async function openForAction(source: OpenSource, key: string): Promise<OpenQueue> {
  const open = await openQueue(source, key);
  const { flavour, version } = open.queue;
  const reason = readOnlyBecause(source.kind, flavour, version);
  if (reason === null) return open;
  throw new AppError("precondition_failed", `Queue ${key} is read only here`, {
    detail: reason,
    remedy: "Act on it from the application that owns it.",
  });
}

/** What every fence holds: when it was read, to know whether a receipt can still be there. */
export const fenceTime = (): string => new Date().toISOString();

/** BullMQ's own answer. Throws `conflict` when the guard refused; an answer of null means that this run had its effect before. */
export function answerOf(answer: FencedAnswer, what: string): number | null {
  if (answer.outcome === "done") return answer.code;
  if (answer.outcome === "repeated") return null;
  throw new AppError("conflict", `${what} changed since it was looked at; nothing was done`, {
    detail: "Somebody else, or its worker, acted on it in the meantime.",
    remedy: "Look at it again, then decide.",
  });
}

/**
 * Whether a run took effect. A receipt says yes for certain. Without one it is a no while the target stands where it stood, and
 * also when somebody else changed it, unless the server may have lost the receipt.
 */
export async function readReceipt(
  { source, queue, runId }: { source: OpenSource; queue: string; runId: string },
  fencedAt: string,
  unchanged: (open: {
    conn: OpenQueue["conn"];
    queue: Pick<DiscoveredQueue, "prefix" | "name">;
  }) => Promise<boolean>,
): Promise<"applied" | "not_applied" | "unknown"> {
  const ref = refOfKey(queue);
  if (source.kind !== "bullmq" || !ref) return "not_applied";
  const { conn } = source;
  if (await hasReceipt(conn, { queue: ref, runId })) return "applied";
  if (await unchanged({ conn, queue: ref })) return "not_applied";
  const expired = Date.now() - Date.parse(fencedAt) > RECEIPT_MS / 2;
  return expired || !source.capabilities.has("no_eviction") ? "unknown" : "not_applied";
}

/** The fence as it was stored with the run: our own words, read back from the database. */
export const asFence = <Fence extends Record<string, Json>>(fence: Json): Fence => fence as Fence;
