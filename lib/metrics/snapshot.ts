import { Registry } from "prom-client";
import type { MetricFamily, MetricValue } from "./define.ts";

/** Room for what a default installation exposes; a family may take at most half, so that none starves the others. */
export const MAX_SERIES = 2_000;

/** What prom-client calls when it renders a metric; our values are ready, so nothing is computed here. */
interface ReadyMetric {
  name: string;
  get(): Promise<{
    name: string;
    help: string;
    type: string;
    aggregator: string;
    values: { metricName: string; labels: Readonly<Record<string, string>>; value: number }[];
  }>;
}

export interface Snapshot {
  text: string;
  takenAt: Date;
  series: number;
  /** Series left out because of the cap. */
  dropped: number;
  /** Families that could not be read, with why. */
  failed: { name: string; error: unknown }[];
}

/** Reads every family once and renders them. A family that fails is left out; the others still stand. */
export async function takeSnapshot(
  families: readonly MetricFamily[],
  now: Date,
): Promise<Snapshot> {
  const registry = new Registry();
  const snapshot: Snapshot = { text: "", takenAt: now, series: 0, dropped: 0, failed: [] };
  for (const family of families) {
    try {
      const values = await family.read(now);
      const room = Math.min(MAX_SERIES / 2, MAX_SERIES - snapshot.series);
      const kept = values.slice(0, room);
      snapshot.series += kept.length;
      snapshot.dropped += values.length - kept.length;
      if (kept.length > 0) registry.registerMetric(ready(family, kept) as never);
    } catch (error) {
      snapshot.failed.push({ name: family.name, error });
    }
  }
  snapshot.text = await registry.metrics();
  return snapshot;
}

function ready(family: MetricFamily, values: MetricValue[]): ReadyMetric {
  const named = values.map(({ labels, value, part }) => ({
    metricName: part ? `${family.name}_${part}` : family.name,
    labels,
    value,
  }));
  return {
    name: family.name,
    get: async () => ({
      name: family.name,
      help: family.help,
      type: family.type,
      aggregator: "sum",
      values: named,
    }),
  };
}
