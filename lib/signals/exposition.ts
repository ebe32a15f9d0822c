import { log } from "#lib/core/log.ts";
import { type CachedMetrics, cachedMetrics } from "#lib/metrics/cached.ts";
import { PLATFORM_FAMILIES } from "#lib/metrics/platform.ts";
import { SIGNALS } from "./index.ts";

const SHARED = Symbol.for("plumbline.metrics");
const holder = globalThis as unknown as { [SHARED]?: CachedMetrics };

/** Everything Plumbline exposes to Prometheus, from the one snapshot of this process. */
export function sharedMetrics(): CachedMetrics {
  const families = [...PLATFORM_FAMILIES, ...SIGNALS.flatMap((signal) => signal.metrics)];
  holder[SHARED] ??= cachedMetrics(families, (family, error) =>
    log.warn({ family, err: error }, "metric family could not be read"),
  );
  return holder[SHARED];
}
