import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { sleep } from "#lib/core/time.ts";

/** One run of a process: a number alone may since belong to another program. */
export interface ProcessRef {
  pid: number;
  identity: string | null;
}

/** Boot and start time of a process; null when it is gone (or a zombie). */
export function identityOf(pid: number): string | null {
  if (process.platform !== "linux") return ps("lstart=", pid) || null;
  try {
    // The name in brackets may hold anything, so count fields from the last bracket: [0] is the state, [19] the start time.
    const fields =
      readFileSync(`/proc/${pid}/stat`, "utf8").split(")").at(-1)?.trim().split(" ") ?? [];
    if (fields[0] === "Z") return null;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${fields[19]}`;
  } catch {
    return null;
  }
}

/** The command line of a process; empty when it is gone. */
export function commandOf(pid: number): string {
  if (process.platform !== "linux") return ps("args=", pid);
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

const ps = (column: string, pid: number): string =>
  spawnSync("ps", ["-o", column, "-p", String(pid)], { encoding: "utf8" }).stdout.trim();

export const refOf = (pid: number): ProcessRef => ({ pid, identity: identityOf(pid) });

export const isRunning = (ref: ProcessRef): boolean =>
  ref.identity !== null && identityOf(ref.pid) === ref.identity;

/** Signals a process, or its whole group when the number is negative; false when there was nobody to signal. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/**
 * Ends the leader of a process group by `first`, waking the group if it was suspended, and after `graceMs` everything in
 * the group by SIGKILL. Returns when the leader is gone.
 */
export async function stopGroup(
  pid: number,
  first: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  const leader = refOf(pid);
  signal(pid, first);
  signal(-pid, "SIGCONT");
  const deadline = Date.now() + graceMs;
  while (isRunning(leader) && Date.now() < deadline) await sleep(20);
  // Also after a clean end: nothing of the group may stay behind.
  signal(-pid, "SIGKILL");
  while (isRunning(leader)) await sleep(20);
}
