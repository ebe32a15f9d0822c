import { Gauge, Histogram, Registry } from "prom-client";

interface HttpMetrics {
  registry: Registry;
  seconds: Histogram<"route" | "method" | "status">;
  sseClients: Gauge;
}

const METRICS = Symbol.for("plumbline.http.metrics");
const holder = globalThis as unknown as { [METRICS]?: HttpMetrics };

/** What this web process counts about itself; bundles of one process share it. */
function metrics(): HttpMetrics {
  holder[METRICS] ??= create();
  return holder[METRICS];
}

function create(): HttpMetrics {
  const registry = new Registry();
  return {
    registry,
    seconds: new Histogram({
      name: "plumbline_http_request_duration_seconds",
      help: "How long API requests took to answer, by path template.",
      labelNames: ["route", "method", "status"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers: [registry],
    }),
    sseClients: new Gauge({
      name: "plumbline_sse_clients",
      help: "Browsers connected to the event stream.",
      registers: [registry],
    }),
  };
}

/** One answered request. `route` is the path template, so its values are few. */
export interface ObservedRequest {
  route: string;
  method: string;
  status: number;
  seconds: number;
}

export function requestAnswered({ route, method, status, seconds }: ObservedRequest): void {
  metrics().seconds.observe({ route, method, status: String(status) }, seconds);
}

/** `+1` when a browser joins the event stream, `-1` when it leaves. */
export function sseClientsChanged(by: 1 | -1): void {
  metrics().sseClients.inc(by);
}

/** The exposition text of this process's own metrics. */
export function processMetrics(): Promise<string> {
  return metrics().registry.metrics();
}
