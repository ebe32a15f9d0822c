import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import type { Counts } from "./counts.ts";
import type { Stage } from "./stages.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface Outcome extends Counts {
  name: string;
  seconds: number;
}

/** Runs a stage with its output on our terminal. A tool that fails without failing a test counts as one failure. */
export async function runStage({ name, commands, env, counts }: Stage): Promise<Outcome> {
  console.log(`\n── ${name} ${"─".repeat(Math.max(0, 74 - name.length))}`);
  const began = Date.now();
  const code = await firstFailure(commands, env);
  const told = counts?.() ?? { passed: code === 0 && !counts ? 1 : 0, failed: 0, skipped: 0 };
  const failed =
    code === 0 && (told.passed > 0 || told.failed > 0) ? told.failed : Math.max(1, told.failed);
  return { name, seconds: (Date.now() - began) / 1_000, ...told, failed };
}

async function firstFailure(commands: string[][], env?: Record<string, string>): Promise<number> {
  for (const [program = "", ...args] of commands) {
    const code = await run(program, args, env);
    if (code !== 0) return code;
  }
  return 0;
}

function run(program: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    child.on("error", (error) => {
      console.error(`${program} cannot be run: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) =>
      resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]),
    );
  });
}
