import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isRunning, type ProcessRef } from "#lib/embedded/process.ts";

/** The state folder, absolute. */
export const stateHome = (): string => resolve(process.env["PLUMBLINE_HOME"] || ".plumbline");

const file = (home: string): string => join(home, "environment.json");

/** Leaves the settings of a running Plumbline to its own command line. Holds passwords: readable by its user only. */
export function publishEnvironment(home: string, variables: Record<string, string>): void {
  rmSync(file(home), { force: true });
  writeFileSync(file(home), JSON.stringify(variables), { mode: 0o600 });
}

export function withdrawEnvironment(home: string): void {
  rmSync(file(home), { force: true });
}

/** The process that runs Plumbline in this state folder; null when none does. */
export function runner(home: string): ProcessRef | null {
  try {
    const holder = JSON.parse(readFileSync(lockFile(home), "utf8")) as ProcessRef;
    return isRunning(holder) ? holder : null;
  } catch {
    return null;
  }
}

export const lockFile = (home: string): string => join(home, "lock.json");

/** `plumbline user list` beside a running `npm start` needs no variables; those that are set win. */
export function adoptRunningEnvironment(): void {
  // What a crash left behind is not adopted.
  if (runner(stateHome()) === null) return;
  try {
    const running = JSON.parse(readFileSync(file(stateHome()), "utf8")) as Record<string, string>;
    Object.assign(process.env, { ...running, ...process.env });
  } catch {
    // It is only just starting: a command that needs the variables names them.
  }
}
