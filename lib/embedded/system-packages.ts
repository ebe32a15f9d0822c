import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The first of these programs on the PATH, or null. */
export function findProgram(...names: string[]): string | null {
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    "/usr/local/bin",
    "/usr/bin",
    "/opt/homebrew/bin",
  ];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether we may install packages here: as root, on a system with apt. */
export const canInstall = (): boolean =>
  process.getuid?.() === 0 && findProgram("apt-get") !== null;

let listsAreFresh = false;

/** Installs system packages without starting the services they bring. False when the package manager failed. */
export function installPackages(...names: string[]): boolean {
  const quiet = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: "ignore" as const,
  };
  return withoutServices(() => {
    if (!listsAreFresh) spawnSync("apt-get", ["update", "-q"], quiet);
    listsAreFresh = true;
    return (
      spawnSync("apt-get", ["install", "-yq", "--no-install-recommends", ...names], quiet)
        .status === 0
    );
  });
}

/** Debian asks this file before it starts a service; 101 means no. One that is already there is the administrator's. */
const POLICY = "/usr/sbin/policy-rc.d";

function withoutServices<T>(work: () => T): T {
  if (existsSync(POLICY)) return work();
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(POLICY);
  }
}
