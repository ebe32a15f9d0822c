import type { Server } from "node:http";
import { env } from "#lib/config/env.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import { startMetricsServer } from "#lib/metrics/server.ts";
import { sharedMetrics } from "#lib/signals/exposition.ts";
import type { Health } from "./health.ts";
import { type Loop, startLoop } from "./loop.ts";

const RETRY_MS = 10 * SECOND;

/**
 * Serves `/metrics` and this worker's `/health`. Of several workers on one host the first gets the port; another takes it
 * over when that one ends.
 */
export function startMetrics(health: () => Health): Loop {
  let server: Server | undefined;
  const loop = startLoop("metrics", RETRY_MS, async () => {
    if (server) return;
    const { METRICS_HOST: host, METRICS_PORT: port, METRICS_TOKEN_FILE: tokenFile } = env();
    const options = { host, port, health, ...(tokenFile && { tokenFile }) };
    server = await startMetricsServer(sharedMetrics(), options);
    log.info({ address: server.address() }, "metrics are served");
  });
  return {
    ...loop,
    stop: async () => {
      await loop.stop();
      server?.closeAllConnections();
      server?.close();
    },
  };
}
