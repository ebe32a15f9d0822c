import type { IncomingMessage } from "node:http";

/**
 * Runs once when the server starts. Next believes an X-Forwarded-For that a client made up; the sign-in throttle must not.
 * So the address that is really connected is appended, and lib/auth/client-address.ts counts from that end.
 */
export async function register(): Promise<void> {
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { subscribe } = await import("node:diagnostics_channel");
  subscribe("http.server.request.start", (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request;
    const peer = socket.remoteAddress?.replace(/^::ffff:/, "") ?? "unknown";
    const claimed = headers["x-forwarded-for"];
    headers["x-forwarded-for"] = claimed === undefined ? peer : `${String(claimed)}, ${peer}`;
  });
}
