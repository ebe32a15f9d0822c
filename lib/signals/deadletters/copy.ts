import { sha256 } from "#lib/core/ids.ts";

/** Long enough that "never added" and "added, done and removed" can still be told apart after any outage of ours. */
const KEEP_COMPLETED_SECONDS = 24 * 3_600;

/** What belongs to the original alone: BullMQ's own short names are `de` for deduplication and `rjk` for a scheduler's runs. */
const NOT_COPIED = ["jobId", "delay", "parent", "repeat", "rjk", "de", "deduplication"];

/**
 * A copy's id follows from the failure it copies, so that the same failure is never added twice, also by way of two sources that
 * are the same Redis.
 */
export function copyId(failure: { queueKey: string; job: string; score: string | null }): string {
  const { queueKey, job, score } = failure;
  return `rd-${sha256(`${queueKey} ${job} ${score}`).slice(0, 32)}`;
}

/** The options of a copy, from the original's as BullMQ stored them; a text that is not an object counts as none. */
export function copyOptions(stored: string | null): {
  text: string;
  priority: number;
  lifo: boolean;
} {
  const { removeOnComplete: _keep, ...options } = parse(stored);
  for (const name of NOT_COPIED) delete options[name];
  options["removeOnComplete"] = { age: KEEP_COMPLETED_SECONDS };
  const { priority, lifo } = options;
  return {
    text: JSON.stringify(options),
    priority: typeof priority === "number" && Number.isInteger(priority) ? priority : 0,
    lifo: lifo === true,
  };
}

function parse(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
