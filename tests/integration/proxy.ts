import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Proxy {
  /** The given URL, by way of the proxy. */
  url: string;
  /** Breaks every connection and refuses new ones, as a server that went down. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** Stands between us and a server, so that a test can take the server away without stopping it. */
export async function createProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const listening = (server.address() as AddressInfo).port;
  return {
    url: Object.assign(new URL(target), { hostname: "127.0.0.1", port: String(listening) }).href,
    cut: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    restore: async () => {
      server.listen(listening, "127.0.0.1");
      await once(server, "listening");
    },
  };
}
