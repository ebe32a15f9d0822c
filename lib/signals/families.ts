import type { MetricFamily } from "#lib/metrics/define.ts";
import { PLATFORM_FAMILIES } from "#lib/metrics/platform.ts";
import { SIGNALS } from "./index.ts";

/** Everything Plumbline exposes to Prometheus. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [...PLATFORM_FAMILIES, ...SIGNALS.flatMap((signal) => signal.metrics)];
