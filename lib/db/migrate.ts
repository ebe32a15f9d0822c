import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MigrationList } from "@prisma/schema-engine-wasm";
import { AppError, messageOf } from "#lib/core/errors.ts";
import { withSchemaEngine } from "./schema-engine.ts";

const PRISMA = join(import.meta.dirname, "../../prisma");
const NO_FILTER = { externalTables: [], externalEnums: [] };

/** Applies the migrations that this database does not have yet, in order, and names them. Two at once: the second waits (the engine holds an advisory lock). */
export async function migrate(databaseUrl: string): Promise<{ applied: string[] }> {
  const migrationsList = await readMigrations();
  try {
    return await withSchemaEngine(databaseUrl, async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList,
        filters: NO_FILTER,
      });
      return { applied: appliedMigrationNames };
    });
  } catch (error) {
    throw new AppError(
      "unavailable",
      `Plumbline's database could not be migrated: ${firstLines(messageOf(error))}`,
      {
        remedy: "Check that DATABASE_URL is right, and that its role owns the database.",
        cause: error,
      },
    );
  }
}

/** What differs between the migrations and schema.prisma, as SQL that would remove the difference; null when they agree. */
export async function drift(databaseUrl: string): Promise<string | null> {
  const content = await readFile(join(PRISMA, "schema.prisma"), "utf8");
  const files = [{ path: join(PRISMA, "schema.prisma"), content }];
  return withSchemaEngine(databaseUrl, async (engine) => {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: "schemaDatasource", files, configDir: PRISMA },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: true,
      filters: NO_FILTER,
    });
    return exitCode === 0 ? null : stdout;
  });
}

async function readMigrations(): Promise<MigrationList> {
  const baseDir = join(PRISMA, "migrations");
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  const read = async (name: string) => ({
    path: name,
    migrationFile: {
      path: "migration.sql",
      content: {
        tag: "ok" as const,
        value: await readFile(join(baseDir, name, "migration.sql"), "utf8"),
      },
    },
  });
  const lockfile = {
    path: "migration_lock.toml",
    content: await readFile(join(baseDir, "migration_lock.toml"), "utf8"),
  };
  return {
    baseDir,
    lockfile,
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(names.map(read)),
  };
}

/** In one line, without the engine's trace through its own source files. */
const firstLines = (message: string): string =>
  (message.split(/\n\s+0:/)[0] ?? message).trim().replaceAll(/\s*\n\s*/g, " ");
