import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
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
export async function runStage({ name, commands, env, report }: Stage): Promise<Outcome> {
  console.log(`\n── ${name} ${"─".repeat(Math.max(0, 74 - name.length))}`);
  const began = Date.now();
  // The report of an earlier run must not speak for this one.
  if (report) rmSync(report.file, { force: true });
  const code = await firstFailure(commands, env);
  const told = report
    ? report.read(report.file)
    : { passed: code === 0 ? 1 : 0, failed: 0, skipped: 0 };
  const counts = told ?? { passed: 0, failed: 0, skipped: 0 };
  // Tests that found nothing to run have not passed either.
  const isFine = code === 0 && counts.passed > 0;
  return {
    name,
    seconds: (Date.now() - began) / 1_000,
    ...counts,
    failed: Math.max(counts.failed, isFine ? 0 : 1),
  };
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
    // Stopped from outside, the tests still stop the servers they started.
    const stop = () => child.kill("SIGTERM");
    process.once("SIGTERM", stop);
    child.on("close", () => process.off("SIGTERM", stop));
    child.on("error", (error) => {
      console.error(`${program} cannot be run: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) =>
      resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]),
    );
  });
}
