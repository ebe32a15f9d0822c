import { execFileSync } from "node:child_process";

/** Runs the product's command line beside the product under test; returns what it prints. */
export function plumbline(...args: string[]): string {
  return execFileSync(process.execPath, ["bin/cli.ts", ...args], {
    encoding: "utf8",
    env: { ...process.env, PLUMBLINE_HOME: process.env["E2E_HOME"] },
  });
}

/** Makes an account with one role; its password is known only here. */
export function newUser(role: string): { login: string; password: string } {
  const login = `${role}-${Date.now()}`;
  const made = plumbline("user", "create", login, "--roles", role, "--json");
  return { login, password: (JSON.parse(made) as { password: string }).password };
}
