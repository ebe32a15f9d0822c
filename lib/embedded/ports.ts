import { createServer } from "node:net";
import { AppError } from "#lib/core/errors.ts";

/** Whether nothing listens on `port` of `host`, which may be an address that this system does not have. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) =>
      resolve(NO_SUCH_ADDRESS.has(code ?? "")),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

const NO_SUCH_ADDRESS = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/** Browsers take `localhost` for either. */
const LOOPBACK = ["127.0.0.1", "::1"];

/** The first free port at or after `preferred`. Preferred ports stay below 32768, where outgoing connections begin. */
export async function freePort(preferred: number, hosts = LOOPBACK): Promise<number> {
  for (let port = preferred; port < preferred + SPAN; port += 1) {
    const free = await Promise.all(hosts.map((host) => isPortFree(port, host)));
    if (!free.includes(false)) return port;
  }
  throw new AppError("unavailable", `Ports ${preferred} to ${preferred + SPAN - 1} are all taken`, {
    remedy: "Stop what listens there.",
  });
}

const SPAN = 100;

/** Starts a server on the first free port; when somebody else takes the port in between, tries the next one. */
export async function onFreePort<T>(
  preferred: number,
  start: (port: number) => Promise<T>,
): Promise<T> {
  let next = preferred;
  for (;;) {
    const port = await freePort(next, ["127.0.0.1"]);
    try {
      return await start(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || port >= preferred + SPAN)
        throw error;
      next = port + 1;
    }
  }
}

/** What `start` throws to say that its port was taken. */
export const portTaken = (port: number): Error =>
  Object.assign(new Error(`Port ${port} is taken`), { code: "EADDRINUSE" });
