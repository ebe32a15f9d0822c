import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { AppError } from "#lib/core/errors.ts";
import { CONTENT_TYPE, type CachedMetrics } from "./cached.ts";

export interface MetricsServerOptions {
  host: string;
  port: number;
  /** Read on every scrape, so that a rotated token needs no restart. Open without one, on loopback only. */
  tokenFile?: string;
  /** What `GET /health` answers, without a token: 200 while `ok`, else 503. */
  health?: () => { ok: boolean };
}

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Serves `GET /metrics` and `GET /health`. Refuses to start open on an address that others can reach. */
export async function startMetricsServer(
  metrics: CachedMetrics,
  options: MetricsServerOptions,
): Promise<Server> {
  if (!options.tokenFile && !LOOPBACK.has(options.host)) {
    throw new AppError("unavailable", `Metrics would be open to the network on ${options.host}`, {
      remedy:
        "Set METRICS_TOKEN_FILE to a file that holds a bearer token, or METRICS_HOST to 127.0.0.1.",
    });
  }
  const server = createServer((request, response) => {
    answer(metrics, options, request, response).catch(() =>
      end(response, 500, "The metrics could not be rendered. See the worker's log.\n"),
    );
  });
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(options.port, options.host, resolve),
  );
  return server;
}

async function answer(
  metrics: CachedMetrics,
  options: MetricsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "").split("?", 1)[0];
  if (path !== "/metrics" && path !== "/health") {
    return end(response, 404, "Only /metrics and /health are served here.\n");
  }
  if (request.method !== "GET" && request.method !== "HEAD")
    return end(response, 405, "Use GET.\n");
  if (path === "/health") {
    const health = options.health?.() ?? { ok: true };
    response.setHeader("Content-Type", "application/json");
    return end(response, health.ok ? 200 : 503, `${JSON.stringify(health)}\n`);
  }
  if (
    options.tokenFile &&
    !bearerMatches(
      request.headers.authorization,
      (await readFile(options.tokenFile, "utf8")).trim(),
    )
  ) {
    response.setHeader("WWW-Authenticate", "Bearer");
    return end(response, 401, "Send the metrics token as `Authorization: Bearer …`.\n");
  }
  response.setHeader("Content-Type", CONTENT_TYPE);
  end(response, 200, await metrics.text());
}

function end(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.end(body);
}

/** Compares digests, so that neither content nor length leaks through timing. */
export function bearerMatches(header: string | undefined | null, token: string): boolean {
  if (!header?.startsWith("Bearer ") || token === "") return false;
  return timingSafeEqual(digest(header.slice(7).trim()), digest(token));
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
