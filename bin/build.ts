import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "#lib/core/errors.ts";
import { startService } from "#lib/embedded/service.ts";

const ROOT = join(import.meta.dirname, "..");

/** For tools that run on their own, outside a state folder. */
const CACHE = join(ROOT, "node_modules/.cache/plumbline");

interface Artifact {
  /** What it is made from, as globs. */
  from: string[];
  /** Proof that it is there. */
  made: string;
  /** Remembers what it was made from. */
  stamp: string;
  args: string[];
  env: Record<string, string>;
}

export const PRISMA_CLIENT: Artifact = {
  from: ["prisma/schema.prisma", "prisma.config.ts", "package-lock.json"],
  made: "lib/db/generated/client.ts",
  stamp: "lib/db/generated/.made-from",
  args: ["node_modules/prisma/build/index.js", "generate"],
  // Generating needs no engine, but looks for one to download unless some executable is named.
  env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" },
};

export const WEB: Artifact = {
  from: [
    "{app,components,lib,public}/**/*",
    "{proxy,instrumentation}.ts",
    "{next,postcss}.config.js",
    "prisma/schema.prisma",
    "tsconfig.json",
    "package-lock.json",
  ],
  made: ".next/BUILD_ID",
  stamp: ".next/made-from",
  args: ["node_modules/next/dist/bin/next", "build"],
  env: { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
};

/** Whether it is missing, or its sources have changed since it was made. */
export function isStale(artifact: Artifact): boolean {
  if (!existsSync(join(ROOT, artifact.made))) return true;
  const stamp = join(ROOT, artifact.stamp);
  return !existsSync(stamp) || readFileSync(stamp, "utf8") !== fingerprint(artifact);
}

/** Makes it; the tool's output goes to `<folder>/logs`. Throws with its last lines. */
export async function make(artifact: Artifact, folder = CACHE): Promise<void> {
  const before = fingerprint(artifact);
  const name = artifact.args[1] as string;
  const stamp = join(ROOT, artifact.stamp);
  rmSync(stamp, { force: true });
  mkdirSync(join(folder, "logs"), { recursive: true });
  const tool = startService({
    command: process.execPath,
    args: artifact.args,
    cwd: ROOT,
    env: { ...process.env, ...artifact.env },
    log: join(folder, "logs", `${name}.log`),
    record: join(folder, `${name}.process.json`),
    stopSignal: "SIGTERM",
  });
  // A service does not keep its starter alive; whoever waits for it must.
  const hold = setInterval(() => {}, 60_000);
  const { code, lastLines } = await tool.exited.finally(() => clearInterval(hold));
  if (code !== 0 || !existsSync(join(ROOT, artifact.made))) {
    throw new AppError(
      "internal",
      `\`${artifact.args.slice(-1)[0]}\` failed (exit code ${code}):\n${lastLines}`,
      {
        remedy: `The whole output is in ${join(folder, "logs", `${name}.log`)}.`,
      },
    );
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, before);
}

/** A digest over names and contents: times say nothing after a clone or a checkout. */
function fingerprint({ from }: Artifact): string {
  const hash = createHash("sha256");
  const files = globSync(from, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes("/generated/"))
    .toSorted();
  for (const file of files)
    hash
      .update(`${file.slice(ROOT.length)}\0`)
      .update(readFileSync(file))
      .update("\0");
  return hash.digest("hex");
}
