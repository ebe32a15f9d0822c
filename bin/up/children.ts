import { join } from "node:path";
import { startService, type Service, type Variables } from "#lib/embedded/service.ts";

const ROOT = join(import.meta.dirname, "../..");

/** One of the processes that make up Plumbline, started from this repository under the pinned Node. */
export interface Child {
  name: "web" | "worker" | "sandbox";
  args: string[];
}

/**
 * Reading many failures makes much short-lived garbage. A small nursery, and a heap that is collected when it has doubled, keep the
 * process at half its size, and no slower.
 */
export const worker: Child = {
  name: "worker",
  args: ["--max-semi-space-size=16", "--heap-growing-percent=100", "workers/main.ts"],
};
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
    env: name === "web" ? { ...forWeb(process.env), ...env } : { ...process.env, ...env },
    log: join(home, "logs", `${name}.log`),
    record: join(home, `${name}.process.json`),
    stopSignal: "SIGTERM",
    // The sandbox may be loading its data, which nobody needs to wait for.
    graceMs: name === "sandbox" ? 3_000 : 25_000,
  });
}

/** Plumbline's own settings and those of Node, the system and the network. */
const WEB_VARIABLES =
  /^(PLUMBLINE|METRICS|OIDC|NODE|NEXT|LC)_|^(LOG_LEVEL|TRUSTED_PROXIES|PATH|HOME|TMPDIR|TZ|LANG|SSL_CERT_(FILE|DIR))$|_PROXY$/i;

/** The web never holds credentials of monitored systems: what plumbline.yaml takes from the environment stays out. */
function forWeb(variables: Variables): Variables {
  const kept = Object.entries(variables).filter(([name]) => WEB_VARIABLES.test(name));
  return Object.fromEntries(kept);
}
