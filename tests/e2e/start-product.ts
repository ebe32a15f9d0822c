import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_TIMEOUT_MS = 240_000;

/** Starts the whole product with its sandbox in a state folder of its own, as `npm start` does; returns what stops it. */
export default async function startProduct(): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), "plumbline-e2e-"));
  const product = spawn(process.execPath, ["bin/start.js"], {
    env: {
      ...process.env,
      PLUMBLINE_HOME: home,
      PORT: String(await freePort()),
      DATABASE_URL: "",
      REDIS_URL: "",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = await printedUntil(product, "Ctrl-C stops everything");
  process.env["E2E_HOME"] = home;
  process.env["E2E_URL"] = find(output, /ready[^\n]*?(http:\/\/\S+)/);
  process.env["E2E_PASSWORD"] = find(output, /Password\s+(\S+)/);
  return async () => {
    product.kill("SIGTERM");
    await new Promise((resolve) =>
      product.exitCode === null ? product.once("exit", resolve) : resolve(null),
    );
    rmSync(home, { recursive: true, force: true });
  };
}

function find(output: string, pattern: RegExp): string {
  const found = pattern.exec(output)?.[1];
  if (!found) throw new Error(`The start did not print ${pattern}:\n${output}`);
  return found;
}

/** Everything it printed up to and with `text`; fails with the output when it ends or takes too long. */
function printedUntil(product: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (why: string): void => reject(new Error(`${why}:\n${output}`));
    const timer = setTimeout(fail, START_TIMEOUT_MS, "The product did not start in time");
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!output.includes(text)) return;
      clearTimeout(timer);
      resolve(output);
    };
    product.stdout?.on("data", read);
    product.stderr?.on("data", read);
    product.once("exit", (code) => fail(`The product ended with ${code}`));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No port was given");
  return address.port;
}
