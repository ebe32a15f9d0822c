import { AppError } from "#lib/core/errors.ts";
import { freePort, isPortFree } from "#lib/embedded/ports.ts";

/** The web's port: the one asked for by PORT and no other, else the first free one from 3000. */
export async function webPort(host: string): Promise<number> {
  const asked = process.env["PORT"];
  const hosts = host === "127.0.0.1" ? undefined : [host];
  if (!asked) return freePort(3_000, hosts);
  const port = Number(asked);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new AppError("unavailable", `PORT is "${asked}", which is not a port number`, {
      remedy: "Set it to a number from 1 to 65535, or leave it out.",
    });
  }
  if (await isPortFree(port, host)) return port;
  throw new AppError(
    "unavailable",
    `Port ${port}, asked for by PORT, is taken by another program`,
    {
      remedy:
        "Stop that program, choose another PORT, or leave PORT out to take the first free one from 3000.",
    },
  );
}

/** The worker's metrics port: the one asked for, or the next free one. */
export const metricsPort = (host: string): Promise<number> =>
  freePort(Number(process.env["METRICS_PORT"] || 9_464), [host]);
