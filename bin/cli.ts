import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { isAppError, messageOf } from "#lib/core/errors.ts";
import type { Command } from "./command.ts";
import { adoptRunningEnvironment } from "./environment.ts";

const FOLDER = join(import.meta.dirname, "commands");
const names = globSync("*.ts", { cwd: FOLDER })
  .map((file) => basename(file, ".ts"))
  .toSorted();

// Not only the exit code: open pools would keep the process alive.
process.exit(await main(process.argv[2], process.argv.slice(3)));

async function main(name: string | undefined, args: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "help") return printHelp();
  if (!names.includes(name)) {
    console.error(`plumbline has no command "${name}". It has: ${names.join(", ")}.`);
    return 2;
  }
  const command = await load(name);
  if (args.includes("--help") || args.includes("-h")) return printUsage(name, command);
  adoptRunningEnvironment();
  try {
    return await command.run(args);
  } catch (error) {
    return fail(name, error);
  }
}

async function load(name: string): Promise<Command> {
  return ((await import(join(FOLDER, `${name}.ts`))) as { command: Command }).command;
}

async function printHelp(): Promise<number> {
  console.log("plumbline <command> [--json] [--help]\n");
  const width = Math.max(...names.map(({ length }) => length));
  for (const each of names) console.log(`  ${each.padEnd(width)}  ${(await load(each)).summary}`);
  console.log("\nExit code: 0 all is well, 1 something was found or failed, 2 wrong arguments.");
  return 0;
}

function printUsage(name: string, { summary, usage }: Command): number {
  console.log(`${summary}\n`);
  for (const line of usage) console.log(`  plumbline ${name} ${line}`.trimEnd());
  return 0;
}

/** One sentence and its remedy; the stack only for faults of our own. */
function fail(name: string, error: unknown): number {
  const wrongArguments = isAppError(error) && error.code === "bad_request";
  console.error(messageOf(error));
  if (isAppError(error) && error.options.detail) console.error(error.options.detail);
  if (isAppError(error) && error.options.remedy) console.error(error.options.remedy);
  if (wrongArguments) console.error(`See plumbline ${name} --help.`);
  if (!(error instanceof Error && "code" in error)) console.error((error as Error).stack);
  return wrongArguments ? 2 : 1;
}
