export interface MetricValue {
  labels: Readonly<Record<string, string>>;
  value: number;
  /** Only in histograms: `bucket` (with an `le` label, cumulative), `sum` or `count`. */
  part?: "bucket" | "sum" | "count";
}

/** One Prometheus metric family, filled from our own database when the snapshot is refreshed, never on a scrape. */
export interface MetricFamily {
  /** `plumbline_` prefix, base unit suffix; counters end in `_total`. BullMQ's own three names are the exception. */
  name: string;
  help: string;
  /** `untyped` only where another exporter's name would be wrong for its type. */
  type: "gauge" | "counter" | "histogram" | "untyped";
  labels: readonly string[];
  /** A value that could not be read is left out: absence, not zero. */
  read(now: Date): Promise<MetricValue[]>;
}
