import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { messageOf } from "#lib/core/errors.ts";
import { sha256 } from "#lib/core/ids.ts";
import { onFreePort } from "#lib/embedded/ports.ts";
import { logNowAndThen } from "../log.ts";
import { HttpError, isHttpError } from "./http-error.ts";
import { createRouter, type JsonAnswer, type Routes } from "./router.ts";

const MAX_BODY_BYTES = 64 * 1024;
const MAX_IN_FLIGHT = 200;

export interface JsonServerOptions {
  name: string;
  /** Preferred port; the next free one is taken when it is not. */
  port: number;
  routes: Routes;
  /** Asked for as `Authorization: Bearer` on paths below this prefix. */
  guard?: { prefix: string; token: string };
}

export interface JsonServer {
  url: string;
  /** Stops listening and drops open connections. */
  close(): Promise<void>;
}

/** A JSON-over-HTTP server on loopback. Twelve routes of a demo company do not need a framework. */
export async function startJsonServer(options: JsonServerOptions): Promise<JsonServer> {
  const route = createRouter(options.routes);
  let inFlight = 0;
  const server = createServer((request, response) => {
    if (inFlight >= MAX_IN_FLIGHT)
      return send(response, { status: 503, body: { error: { code: "overloaded" } } });
    inFlight += 1;
    response.once("close", () => (inFlight -= 1));
    void respond(request, response);
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? "/", "http://localhost");
      if (options.guard && url.pathname.startsWith(options.guard.prefix))
        requireToken(request, options.guard.token);
      const { handle, params } = route(request.method ?? "GET", url.pathname);
      const body = request.method === "GET" ? undefined : await readJson(request);
      send(
        response,
        await handle({
          params,
          query: url.searchParams,
          headers: request.headers,
          body,
          gone: closed(response),
        }),
      );
    } catch (error) {
      if (!isHttpError(error)) {
        logNowAndThen(`${options.name}: ${request.method} failed: ${messageOf(error)}`);
      }
      send(response, errorAnswer(error));
    }
  }

  const url = await onFreePort(options.port, (port) => listen(server, port));
  return { url, close: () => close(server) };
}

function closed(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

function errorAnswer(error: unknown): JsonAnswer {
  if (!isHttpError(error)) return { status: 500, body: { error: { code: "internal" } } };
  return {
    status: error.status,
    headers: error.headers,
    body: { error: { code: error.code, message: error.message } },
  };
}

/** `null` drops the connection without an answer, as a hung or crashed server would. */
function send(response: ServerResponse, answer: JsonAnswer | null): void {
  if (response.destroyed) return;
  if (answer === null) {
    response.destroy();
    return;
  }
  response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
  response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new HttpError(413, "body_too_large", `Send at most ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    throw new HttpError(400, "invalid_json", "Send a JSON body.");
  }
}

function requireToken(request: IncomingMessage, token: string): void {
  const given = sha256(request.headers.authorization ?? "");
  const wanted = sha256(`Bearer ${token}`);
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(wanted))) {
    throw new HttpError(
      401,
      "unauthorized",
      "Send the token of control.json as Authorization: Bearer.",
    );
  }
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
