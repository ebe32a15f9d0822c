import { createServer } from "node:net";
import { AppError } from "#lib/core/errors.ts";

/** Whether `port` can be bound on `host` now; without a host, on all interfaces. */
export function isPortFree(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first free port at or after `preferred`. Preferred ports stay below 32768, where outgoing connections begin. */
export async function freePort(preferred: number, host?: string): Promise<number> {
  for (let port = preferred; port < preferred + SPAN; port += 1)
    if (await isPortFree(port, host)) return port;
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
    const port = await freePort(next, "127.0.0.1");
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
