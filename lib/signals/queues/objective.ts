import { SECOND, tryParseDuration } from "#lib/core/time.ts";

const DEFAULT_SECONDS = 60;

/** How long a job of this source may wait: the label `slo_wait`, such as `30s` or `5m`; a minute without one. */
export function objectiveSeconds(labels: Readonly<Record<string, string>>): number {
  const ms = tryParseDuration(labels["slo_wait"] ?? "");
  return ms === null ? DEFAULT_SECONDS : ms / SECOND;
}
