import autocannon from "autocannon";
import { attach } from "./running.ts";
import { report } from "./report.ts";

// Fifty viewers who each ask once a second, ever faster than the console does, beside the same server's cheapest route.

const VIEWERS = 50;
const SECONDS = 15;
const LISTS = [
  "/api/v1/overview",
  "/api/v1/signals/queries",
  "/api/v1/signals/caches",
  "/api/v1/signals/queues",
  "/api/v1/audit",
];
const GOAL_MS: Record<string, number> = { "/api/v1/overview": 50 };
const LIST_GOAL_MS = 150;

const console_ = await attach();
const floor = await load("/api/v1/health");
for (const path of LISTS) {
  const ours = await load(path);
  for (const q of ["p50", "p99"] as const) {
    report({
      figure: `api.${path}.${q}`,
      value: ours.latency[q],
      unit: "ms",
      beside: { what: "/api/v1/health, same load", value: floor.latency[q] },
      ...(q === "p99" ? { goal: GOAL_MS[path] ?? LIST_GOAL_MS } : {}),
    });
  }
  report({ figure: `api.${path}.requests_per_second`, value: ours.requests.average, unit: "1/s" });
  if (ours.non2xx > 0)
    report({ figure: `api.${path}.refused`, value: ours.non2xx, unit: "answers", goal: 0 });
}
await console_.close();

function load(path: string): Promise<autocannon.Result> {
  return autocannon({
    url: console_.url + path,
    connections: VIEWERS,
    duration: SECONDS,
    overallRate: VIEWERS,
    headers: { cookie: console_.cookie },
  });
}
