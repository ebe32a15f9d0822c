export interface MetricValue {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** One Prometheus metric family, filled from our own database when the snapshot is refreshed, never on a scrape. */
export interface MetricFamily {
  /** `plumbline_` prefix, base unit suffix; counters end in `_total`. BullMQ's own three names are the exception. */
  name: string;
  help: string;
  type: "gauge" | "counter";
  labels: readonly string[];
  /** A value that could not be read is left out: absence, not zero. */
  read(now: Date): Promise<MetricValue[]>;
}
