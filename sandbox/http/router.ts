import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { HttpError } from "./http-error.ts";

export interface JsonRequest {
  /** The `:name` parts of the route's path. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: unknown;
  /** Aborts when the client has gone, or after the answer was sent. */
  gone: AbortSignal;
}

export interface JsonAnswer {
  status: number;
  body?: unknown;
  headers?: OutgoingHttpHeaders;
}

/** Answers, or returns `null` to drop the connection. */
export type Handler = (request: JsonRequest) => Promise<JsonAnswer | null>;

/** `GET /v1/payments/:id` -> handler. */
export type Routes = Record<`${"GET" | "POST" | "PUT"} /${string}`, Handler>;

interface Route {
  method: string;
  pattern: RegExp;
  handle: Handler;
}

/** Finds the handler of a method and path; throws 404 or 405. */
export function createRouter(routes: Routes) {
  const table = Object.entries(routes).map(([key, handle]): Route => {
    const [method = "", path = ""] = key.split(" ");
    return { method, pattern: new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`), handle };
  });
  return (method: string, path: string): { handle: Handler; params: Record<string, string> } => {
    const matches = table.filter((route) => route.pattern.test(path));
    const route = matches.find((candidate) => candidate.method === method);
    if (route) return { handle: route.handle, params: { ...route.pattern.exec(path)?.groups } };
    if (matches.length > 0)
      throw new HttpError(405, "method_not_allowed", `${path} does not take ${method}.`);
    throw new HttpError(404, "not_found", `There is nothing at ${path}.`);
  };
}
