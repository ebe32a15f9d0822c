import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { removePlaces } from "#lib/embedded/place.ts";
import type { Running } from "../../bin/up/start.ts";

const CLI = join(import.meta.dirname, "../../bin/cli.ts");

/** Starts the whole product with its sandbox, as `npm start` does, in a state folder of its own; answers how to end it. */
export default async function setup(): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), "plumbline-e2e-"));
  chmodSync(home, 0o711);
  const product = spawn(process.execPath, [CLI, "up", "--json"], {
    // Nothing of the caller's own Plumbline: no DATABASE_URL, no sources.
    env: {
      NODE_ENV: "production",
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      PORT: process.env["E2E_PORT"],
      PLUMBLINE_HOME: home,
      PLUMBLINE_SOURCES: join(home, "sandbox", "plumbline.yaml"),
    },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const exited = once(product, "exit");
  const ready = once(createInterface({ input: product.stdout! }), "line");
  const [line] = (await Promise.race([ready, exited.then(() => [null])])) as [string | null];
  const remove = () => removePlaces(home);
  if (line === null) {
    remove();
    throw new Error("The product did not start; its reasons stand above.");
  }
  const { firstAdmin } = JSON.parse(line) as Running;
  // Playwright's workers inherit the environment, and nothing else.
  process.env["E2E_LOGIN"] = firstAdmin?.login;
  process.env["E2E_PASSWORD"] = firstAdmin?.password;
  process.env["E2E_HOME"] = home;
  return async () => {
    product.kill("SIGTERM");
    await exited;
    remove();
  };
}
