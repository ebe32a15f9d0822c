import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

/**
 * Appends the address that is really connected to X-Forwarded-For. Next believes what a client wrote there, and the sign-in
 * throttle must not: lib/auth/client-address.ts counts from this end.
 */
export function recordPeerAddresses(): void {
  subscribe("http.server.request.start", (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request;
    const peer = socket.remoteAddress?.replace(/^::ffff:/, "") ?? "unknown";
    const claimed = headers["x-forwarded-for"];
    headers["x-forwarded-for"] = claimed === undefined ? peer : `${String(claimed)}, ${peer}`;
  });
}
