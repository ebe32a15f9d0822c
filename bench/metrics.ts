import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { cachedMetrics } from "#lib/metrics/cached.ts";
import type { MetricFamily } from "#lib/metrics/define.ts";
import { startMetricsServer } from "#lib/metrics/server.ts";
import { MAX_SERIES } from "#lib/metrics/snapshot.ts";
import { report, reportLatencies, timeEach } from "./report.ts";

// Scrapes of the fullest snapshot there can be, beside a bare HTTP server that sends the same bytes: the physical limit.

const SCRAPES = 1_200;
/** Spreads the scrapes over several refreshes of the snapshot, so that their cost is in the figures. */
const PAUSE_MS = 10;
const FAMILIES = 20;

const families = Array.from({ length: FAMILIES }, (_, index): MetricFamily => ({
  name: `plumbline_bench_${index}`,
  help: "A family of the benchmark.",
  type: "gauge",
  labels: ["source", "queue"],
  read: async () =>
    Array.from({ length: MAX_SERIES / FAMILIES }, (_value, series) => ({
      labels: { source: "bench", queue: `queue-${series}` },
      value: series,
    })),
}));

const metrics = cachedMetrics(families, () => {});
const text = await metrics.text();
const ours = await startMetricsServer(metrics, { host: "127.0.0.1", port: 0 });
const bare = createServer((_request, response) => response.end(text));
await new Promise<void>((resolve) => bare.listen(0, "127.0.0.1", resolve));

const delay = monitorEventLoopDelay({ resolution: 1 });
await timeEach(50, () => scrape(ours));
delay.enable();
const scrapes = await timeEach(SCRAPES, () => scrape(ours), PAUSE_MS);
delay.disable();
const limit = {
  what: "bare HTTP, same bytes",
  values: await timeEach(SCRAPES, () => scrape(bare), PAUSE_MS),
};

reportLatencies(`metrics.scrape_${MAX_SERIES}_series`, scrapes, limit, 25);
report({ figure: "metrics.event_loop_max", value: delay.max / 1e6, unit: "ms", goal: 20 });
report({ figure: "metrics.bytes", value: text.length, unit: "bytes" });
ours.close();
bare.close();

async function scrape(server: Server): Promise<void> {
  const response = await fetch(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
  );
  await response.text();
}
