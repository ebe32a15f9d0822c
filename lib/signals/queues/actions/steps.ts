import type { ReadBack } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import { MINUTE, SECOND } from "#lib/core/time.ts";
import { RECEIPT_MS } from "#lib/sources/bullmq/fenced.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { type Progress, readProgress } from "#lib/sources/bullmq/stepped.ts";
import type { OpenSource } from "#lib/sources/define.ts";

/** Work in steps may take this long in one go; then its worker looks how far it came and goes on. */
export const STEPS_MS = 5 * MINUTE;

/** Fires a little before the run's time is over, so that no step is under way when it is. */
export const stepsAbort = (): AbortSignal => AbortSignal.timeout(STEPS_MS - 5 * SECOND);

export interface Swept {
  removed: number;
  /** Left alone, as BullMQ would: see `staying`. */
  kept: number;
}

/** What all parts did together. Throws `conflict` when one had to stop: the parts after it were not begun. */
export async function takeParts(
  what: string,
  parts: readonly (() => Promise<Progress>)[],
): Promise<{ changed: number; kept: number }> {
  const total = { changed: 0, kept: 0 };
  for (const part of parts) {
    const { outcome, changed, kept } = await part();
    total.changed += changed;
    total.kept += kept;
    if (outcome === "more")
      throw new AppError("timeout", `${what} needs more time than one run has`);
    if (outcome !== "done") throw stopped(what, outcome, total.changed);
  }
  return total;
}

function stopped(what: string, outcome: string, changed: number): AppError {
  const why =
    outcome === "resumed"
      ? "Somebody resumed the queue."
      : "The jobs that were seen are no longer where they were: somebody else acted on the queue.";
  return new AppError("conflict", `${what} changed since it was looked at`, {
    detail: `${why} ${changed} jobs were done before that; the others were left alone.`,
    remedy: "Look at it again, then decide.",
  });
}

/** Whether all parts of a run are done. Going on where it stopped is safe, so "not yet" reads as `not_applied`. */
export async function readParts(
  { source, queue: key, runId }: { source: OpenSource; queue: string; runId: string },
  parts: readonly string[],
  fencedAt: string,
): Promise<ReadBack> {
  const queue = refOfKey(key);
  if (source.kind !== "bullmq" || !queue) return "not_applied";
  const { conn } = source;
  const found = await Promise.all(parts.map((part) => readProgress(conn, { queue, runId, part })));
  if (found.every((part) => part?.outcome === "done")) return "applied";
  const forgotten = Date.now() - Date.parse(fencedAt) > RECEIPT_MS / 2;
  return forgotten || !source.capabilities.has("no_eviction") ? "unknown" : "not_applied";
}
