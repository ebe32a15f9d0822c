import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import { freePort } from "#lib/embedded/ports.ts";
import { adoptRunningEnvironment } from "../../bin/environment.ts";

const CLI = join(import.meta.dirname, "../../bin/cli.ts");
export const SOURCE = "bench";

export interface Product {
  webPid: number;
  workerPid: number;
  stop(): Promise<void>;
}

/**
 * The whole product as `npm start` runs it, without the sandbox, watching the Redis at `target`; its state is in `home`. This
 * process takes over its settings.
 */
export async function startProduct(home: string, target: string): Promise<Product> {
  mkdirSync(home, { mode: 0o711 });
  const file = join(home, "plumbline.yaml");
  writeFileSync(file, stringify({ sources: [{ name: SOURCE, kind: "bullmq", url: target }] }));
  const settings = { PLUMBLINE_HOME: home, PLUMBLINE_SOURCES: file, PLUMBLINE_SANDBOX: "0" };
  const { PATH, HOME } = process.env;
  const port = String(await freePort(21_300));
  const product = spawn(process.execPath, [CLI, "up", "--json"], {
    env: { NODE_ENV: "production", PATH, HOME, PORT: port, ...settings },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const exited = once(product, "exit");
  const ready = once(createInterface({ input: product.stdout! }), "line");
  await Promise.race([
    ready,
    exited.then(() => Promise.reject(new Error("The product did not start"))),
  ]);
  Object.assign(process.env, settings);
  adoptRunningEnvironment();
  return {
    webPid: pidIn(home, "web"),
    workerPid: pidIn(home, "worker"),
    stop: async () => {
      product.kill("SIGTERM");
      await exited;
    },
  };
}

function pidIn(home: string, name: string): number {
  const record: unknown = JSON.parse(readFileSync(join(home, `${name}.process.json`), "utf8"));
  return (record as { pid: number }).pid;
}
