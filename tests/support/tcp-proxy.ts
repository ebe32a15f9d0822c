import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * What the network does to the traffic: `hang` keeps connections open and silent (new ones are still accepted by the kernel,
 * as with a stopped process), `down` refuses and drops them, `reset` answers with RST, `latency` delays every chunk.
 */
export type Fault = "none" | "hang" | "down" | "reset" | { latencyMs: number };

export interface TcpProxy {
  /** The target's URL with the proxy's address in place of its own. */
  url: string;
  /** Applies to connections that exist and to new ones, from now on; held back data flows again after "none". */
  set(fault: Fault): Promise<void>;
  /** Connections open on the client's side. */
  connections(): number;
  close(): Promise<void>;
}

/** A TCP proxy in front of the server in `targetUrl`, with faults that a test switches on and off. */
export async function createTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const proxy = new Proxy(target.hostname, Number(target.port));
  const port = await proxy.listen(0);
  const through = new URL(targetUrl);
  through.host = `127.0.0.1:${port}`;
  return {
    url: through.href,
    set: (fault) => proxy.set(fault, port),
    connections: () => proxy.clients.size,
    close: () => proxy.set("down", port),
  };
}

class Proxy {
  readonly clients = new Set<Socket>();
  readonly #host: string;
  readonly #port: number;
  #server: Server | null = null;
  #fault: Fault = "none";
  #onChange: (() => void)[] = [];

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  async listen(port: number): Promise<number> {
    const server = createServer({ allowHalfOpen: false }, (client) => this.#accept(client));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  async set(fault: Fault, port: number): Promise<void> {
    this.#fault = fault;
    for (const proceed of this.#onChange.splice(0)) proceed();
    if (fault === "down") await this.#stop();
    else if (!this.#server) await this.listen(port);
    if (fault === "reset") for (const client of this.clients) client.resetAndDestroy();
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const client of this.clients) client.destroy();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#fault === "reset") {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.#port, this.#host);
    this.clients.add(client);
    client.once("close", () => {
      this.clients.delete(client);
      upstream.destroy();
    });
    upstream.once("close", () => client.destroy());
    this.#forward(client, upstream);
    this.#forward(upstream, client);
  }

  #forward(from: Socket, to: Socket): void {
    // Reported by "close", which always follows.
    from.on("error", () => {});
    from.on("data", (chunk: Buffer) => void this.#pass(chunk, from, to));
  }

  async #pass(chunk: Buffer, from: Socket, to: Socket): Promise<void> {
    from.pause();
    await this.#passage();
    if (!to.destroyed) to.write(chunk);
    from.resume();
  }

  /** Resolves when the present fault lets a chunk through. */
  async #passage(): Promise<void> {
    while (this.#fault === "hang")
      await new Promise<void>((resolve) => this.#onChange.push(resolve));
    if (typeof this.#fault === "object") {
      const { latencyMs } = this.#fault;
      await new Promise((resolve) => setTimeout(resolve, latencyMs));
    }
  }
}
