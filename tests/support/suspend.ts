import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { signal } from "#lib/embedded/process.ts";

/** A server that the product under test runs, by its folder: `sandbox/postgres`, `redis` … */
export type Part = "postgres" | "redis" | "sandbox/postgres" | "sandbox/redis";

/** Stops a server and its children where they stand, as a hung server does; returns what lets them go on. */
export function suspend(part: Part): () => void {
  const pids = withChildren(pidOf(part));
  for (const pid of pids) signal(pid, "SIGSTOP");
  return () => {
    for (const pid of pids) signal(pid, "SIGCONT");
  };
}

function pidOf(part: Part): number {
  const name = part.split("/").at(-1);
  const file = join(process.env["E2E_HOME"] ?? "", part, `${name}.process.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid;
}

function withChildren(pid: number): number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return [pid, ...all.map(Number).filter((candidate) => parentOf(candidate) === pid)];
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}
