import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { loadSources } from "#lib/sources/config.ts";

export interface TestSandbox {
  /** PLUMBLINE_HOME of this sandbox. */
  home: string;
  api: string;
  bank: string;
  mail: string;
  sms: string;
  /** The control server, and the token that it and the providers' control routes ask for. */
  url: string;
  token: string;
  /** The URL of a source in the sandbox's plumbline.yaml. */
  sourceUrl(name: "payments-db" | "payments-cache" | "payments-queues"): Promise<string>;
  /** SIGTERM, as at the end of `npm start`; answers its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL to the main process. */
  kill(): Promise<void>;
  /** Starts it again where it was stopped or killed. */
  restart(): Promise<void>;
}

const MAIN = join(import.meta.dirname, "../../sandbox/main.ts");

/** A small sandbox without traffic, in a process of its own that ends with this one. */
export async function startSandbox(payments = 2_000): Promise<TestSandbox> {
  const home = mkdtempSync(join(inject("serversDir"), "sandbox-"));
  // As root, its servers run as another user, who has to pass through.
  chmodSync(home, 0o711);
  let main = await launch(home, payments);

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    if (main.exitCode !== null || main.signalCode !== null) return main.exitCode;
    main.kill(signal);
    const [code] = (await once(main, "exit")) as [number | null];
    return code;
  }
  const sandbox: TestSandbox = {
    home,
    ...readControl(home),
    sourceUrl: async (name) => {
      const file = join(home, "sandbox", "plumbline.yaml");
      const sources = await loadSources([file], process.env, true);
      return sources.find((source) => source.name === name)?.url ?? "";
    },
    stop: () => end("SIGTERM"),
    kill: async () => void (await end("SIGKILL")),
    async restart() {
      main = await launch(home, payments);
      // Another run on this machine may have taken a port meanwhile.
      Object.assign(sandbox, readControl(home));
    },
  };
  return sandbox;
}

/** Stops it and removes its files. */
export async function removeSandbox(sandbox: TestSandbox): Promise<void> {
  await sandbox.stop();
  rmSync(sandbox.home, { recursive: true, force: true });
}

async function launch(home: string, payments: number): Promise<ChildProcess> {
  const env = { ...process.env, PLUMBLINE_HOME: home, SANDBOX_RATE: "0" };
  const main = fork(MAIN, {
    env: { ...env, SANDBOX_PAYMENTS: String(payments) },
    // Not the test runner's own flags.
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  main.stderr?.on("data", (text: Buffer) => (said = (said + text.toString()).slice(-4_000)));
  const exited = once(main, "exit").then(() => {
    throw new Error(`The sandbox ended early:\n${said}`);
  });
  // "ready" comes over IPC once everything is up.
  await Promise.race([once(main, "message"), exited]);
  exited.catch(() => {});
  return main;
}

function readControl(
  home: string,
): Pick<TestSandbox, "api" | "bank" | "mail" | "sms" | "url" | "token"> {
  const text = readFileSync(join(home, "sandbox", "control.json"), "utf8");
  return JSON.parse(text) as ReturnType<typeof readControl>;
}
