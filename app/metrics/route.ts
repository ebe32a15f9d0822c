import { processMetrics } from "#lib/api/observe.ts";
import { route } from "#lib/api/route.ts";
import { CONTENT_TYPE } from "#lib/metrics/cached.ts";
import { sharedMetrics } from "#lib/signals/exposition.ts";

export const GET = route({
  path: "/metrics",
  summary: "Metrics for Prometheus; send an API token as its bearer credentials",
  permission: "metrics.read",
  handler: async () => {
    const text = (await sharedMetrics().text()) + (await processMetrics());
    return new Response(text, { headers: { "content-type": CONTENT_TYPE } });
  },
});
