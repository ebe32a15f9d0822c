import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

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

/** `plumbline user list` beside a running `npm start` needs no variables; those that are set win. */
export function adoptRunningEnvironment(): void {
  try {
    const running = JSON.parse(readFileSync(file(stateHome()), "utf8")) as Record<string, string>;
    Object.assign(process.env, { ...running, ...process.env });
  } catch {
    // Nothing is running here: a command that needs the variables names them.
  }
}
