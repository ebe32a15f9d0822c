import { join } from "node:path";
import { startService, type Service } from "#lib/embedded/service.ts";

const ROOT = join(import.meta.dirname, "../..");

/** One of the processes that make up Plumbline, started from this repository under the pinned Node. */
export interface Child {
  name: "web" | "worker" | "sandbox";
  args: string[];
}

export const worker: Child = { name: "worker", args: ["workers/main.ts"] };
export const sandbox: Child = { name: "sandbox", args: ["sandbox/main.ts"] };
export const web = (host: string, port: number): Child => ({
  name: "web",
  args: ["node_modules/next/dist/bin/next", "start", "-H", host, "-p", String(port)],
});

export function startChild(
  { name, args }: Child,
  home: string,
  env: Record<string, string>,
): Service {
  return startService({
    command: process.execPath,
    args,
    cwd: ROOT,
    env: { ...process.env, ...env },
    log: join(home, "logs", `${name}.log`),
    record: join(home, `${name}.process.json`),
    stopSignal: "SIGTERM",
  });
}
