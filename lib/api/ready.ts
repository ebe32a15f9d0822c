import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import { sql } from "#lib/db/sql.ts";
import { readyRedis } from "#lib/jobs/redis.ts";

export const readySchema = z.object({
  status: z.literal("ready"),
  database: z.literal("ok"),
  /** `down`: pages poll instead of being pushed, and actions on targets are refused. */
  redis: z.enum(["ok", "down"]),
});

/** Whether this process can serve. Throws `unavailable` while our Postgres is away or its schema is older than the code. */
export async function readiness(): Promise<z.infer<typeof readySchema>> {
  const [pending, redis] = await Promise.all([pendingMigrations(), redisState()]);
  if (pending.length > 0) {
    throw new AppError("unavailable", "The database is older than this version of Plumbline", {
      detail: `Not applied yet: ${pending.join(", ")}.`,
      remedy: "Run `plumbline migrate`.",
      retryAfterSeconds: 5,
    });
  }
  return { status: "ready", database: "ok", redis };
}

async function redisState(): Promise<"ok" | "down"> {
  try {
    await (await readyRedis()).ping();
    return "ok";
  } catch {
    return "down";
  }
}

async function pendingMigrations(): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    "SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
  );
  const applied = new Set(rows.map((row) => row.name));
  return (await migrationNames()).filter((name) => !applied.has(name));
}

/** The web runs in the project's folder; a bundle has no folder of its own. */
async function migrationNames(): Promise<string[]> {
  const folder = join(/* turbopackIgnore: true */ process.cwd(), "prisma", "migrations");
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
