import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { quantile } from "#lib/core/stats.ts";
import { sleep } from "#lib/core/time.ts";

const run = promisify(execFile);

/**
 * Where it is allowed (an administrator on Linux), lets a process run whenever it wants to: what is measured is then the work it
 * does, not its wait for a busy processor.
 */
export async function prioritise(pid: number): Promise<void> {
  await run("chrt", ["--all-tasks", "--fifo", "--pid", "1", String(pid)]).catch(() => {});
}

export interface Child {
  pid: number;
  process: ChildProcess;
  /** What it said once it was ready. */
  first: unknown;
  stop(): Promise<void>;
}

/** Runs a file of this folder as a process of its own, so that nothing but what is measured shares its event loop. */
export async function startChild(file: string, ...args: string[]): Promise<Child> {
  const child = fork(join(import.meta.dirname, file), args);
  const exited = once(child, "exit");
  const [first] = (await Promise.race([
    once(child, "message"),
    exited.then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
  ])) as [unknown];
  return {
    pid: child.pid ?? 0,
    process: child,
    first,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

const SAMPLE_MS = 250;
const NONE = { stdout: "" };

/** Megabytes of resident memory. */
export interface Memory {
  peak: number;
  /** How much more the last third of the time took than the first, by their medians. */
  growth: number;
}

/** Watches the resident memory of some processes together. */
export function watchMemory(pids: readonly number[]): { stop(): Promise<Memory> } {
  const taken: number[] = [];
  const stopping = new AbortController();
  const sample = async (): Promise<void> => {
    // Fails once they are gone.
    const { stdout } = await run("ps", ["-o", "rss=", "-p", pids.join(",")]).catch(() => NONE);
    const kilobytes = stdout.split("\n").reduce((sum, line) => sum + Number(line), 0);
    if (kilobytes > 0) taken.push(kilobytes / 1_024);
  };
  const done = (async () => {
    while (!stopping.signal.aborted) {
      await sample();
      await sleep(SAMPLE_MS);
    }
  })();
  const median = (some: readonly number[]): number => quantile(some, 0.5) ?? Number.NaN;
  return {
    async stop() {
      stopping.abort();
      await done;
      const third = Math.ceil(taken.length / 3);
      const growth = median(taken.slice(-third)) - median(taken.slice(0, third));
      return { peak: Math.max(...taken), growth };
    },
  };
}
