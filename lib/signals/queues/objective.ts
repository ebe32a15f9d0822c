import { SECOND, tryParseDuration } from "#lib/core/time.ts";
import { queueLabel } from "#lib/sources/bullmq/queue-label.ts";

const DEFAULT_SECONDS = 60;

/** How long a job of this queue may wait: the label `slo_wait_<queue>` or `slo_wait`, such as `30s`; a minute without them. */
export function objectiveSeconds(labels: Readonly<Record<string, string>>, queue: string): number {
  const ms = tryParseDuration(queueLabel(labels, "slo_wait", queue) ?? "");
  return ms === null ? DEFAULT_SECONDS : ms / SECOND;
}
