import { Socket } from "node:net";

/** The sockets of one target: the only handle that still works when its server has gone silent. */
export class Sockets {
  readonly #open = new Set<Socket>();
  #closedBytes = 0;

  /** A socket for the driver to connect. */
  create(): Socket {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#closedBytes += socket.bytesRead + socket.bytesWritten;
    });
    return socket;
  }

  /** Bytes moved so far, in both directions, over all sockets there ever were. */
  get bytes(): number {
    let total = this.#closedBytes;
    for (const socket of this.#open) total += socket.bytesRead + socket.bytesWritten;
    return total;
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Waits for the present ones to close by themselves, then destroys what is left. */
  async closed(patienceMs: number): Promise<void> {
    const all = [...this.#open].map(
      (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())),
    );
    const force = setTimeout(() => this.destroyAll(), patienceMs);
    await Promise.all(all);
    clearTimeout(force);
  }
}
