import type { MetricFamily } from "./define.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

const REFRESH_MS = 5_000;

/** The exposition format that our text follows (Prometheus text 0.0.4). */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface CachedMetrics {
  /** The newest text at once; refreshes behind the scenes when it is old. Only the very first call waits. */
  text(): Promise<string>;
}

/** Metrics that a scrape never waits for: a hung database or target makes the text old, and says so, never late. */
export function cachedMetrics(
  families: readonly MetricFamily[],
  onFailure: (name: string, error: unknown) => void,
): CachedMetrics {
  let current: Snapshot | undefined;
  let refreshing: Promise<void> | undefined;
  let dropped = 0;

  async function refresh(): Promise<void> {
    const next = await takeSnapshot(families, new Date());
    for (const { name, error } of next.failed) onFailure(name, error);
    dropped += next.dropped;
    // When nothing at all could be read, the last good text stays, and its timestamp tells its age.
    if (!current || next.failed.length < families.length) current = next;
  }

  return {
    async text() {
      const old = !current || Date.now() - current.takenAt.getTime() > REFRESH_MS;
      if (old) refreshing ??= refresh().finally(() => (refreshing = undefined));
      if (!current) await refreshing;
      return current ? current.text + aboutItself(current, dropped) : "";
    },
  };
}

function aboutItself(snapshot: Snapshot, dropped: number): string {
  return [
    "",
    "# HELP plumbline_snapshot_timestamp_seconds When these metrics were read from Plumbline's database.",
    "# TYPE plumbline_snapshot_timestamp_seconds gauge",
    `plumbline_snapshot_timestamp_seconds ${snapshot.takenAt.getTime() / 1000}`,
    "# HELP plumbline_metrics_dropped_series_total Series left out of snapshots because of the series cap.",
    "# TYPE plumbline_metrics_dropped_series_total counter",
    `plumbline_metrics_dropped_series_total ${dropped}`,
    "",
  ].join("\n");
}
