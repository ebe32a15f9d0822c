import { formatDuration, plural } from "#components/data/format.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";

/** What a rate limit does to the queue right now; null when it holds nothing back, as far as anybody knows. */
export function limiterWords({ limiter }: Pick<QueueDetail, "limiter">): string | null {
  if (!limiter || limiter.closed === false) return null;
  const left = formatDuration(limiter.leftSeconds * 1_000);
  if (limiter.closed) return `limited for ${left}`;
  return `a worker's limit: ${plural(limiter.taken ?? 0, "job")} taken, ${left} left`;
}

/** The limit set on the queue, and what it does now. A limit of a worker's own is stored nowhere. */
export function rateLimitWords(queue: Pick<QueueDetail, "limiter" | "rateLimit">): string {
  const { rateLimit } = queue;
  const set = rateLimit
    ? `${plural(rateLimit.max, "job")} per ${formatDuration(rateLimit.durationMs)}`
    : "none set on the queue; a worker's own limit is not published";
  const now = limiterWords(queue);
  return now === null ? set : `${set}. Now: ${now}`;
}
