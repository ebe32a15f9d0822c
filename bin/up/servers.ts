import { AppError } from "#lib/core/errors.ts";
import { migrate } from "#lib/db/migrate.ts";
import { ping } from "#lib/embedded/redis.ts";
import { ownPostgres, ownRedis, withAuditRole } from "./own-servers.ts";
import { step } from "./progress.ts";
import { keep, type Run } from "./run.ts";

/** The URL of a migrated database: the one that the user names, else our own. */
export async function database(run: Run): Promise<string> {
  const { home, say } = run;
  const given = process.env["DATABASE_URL"];
  if (given) {
    await step(say, "Migrating the database of DATABASE_URL", () => migrate(given));
    return given;
  }
  const server = await step(say, "Starting PostgreSQL", () => ownPostgres(home, say));
  void keep(run, { name: "PostgreSQL", start: () => ownPostgres(home, say, server.port) }, server);
  await step(say, "Migrating the database", () =>
    withAuditRole(server.adminUrl, () => migrate(server.url)),
  );
  return server.url;
}

/** The URL of the Redis that the user names, else of our own. */
export async function redis(run: Run): Promise<string> {
  const { home, say } = run;
  const given = process.env["REDIS_URL"];
  if (given) return checkedRedis(given);
  const server = await step(say, "Starting Redis", () => ownRedis(home, say));
  void keep(run, { name: "Redis", start: () => ownRedis(home, say, server.port) }, server);
  return server.url;
}

async function checkedRedis(url: string): Promise<string> {
  const obstacle = await ping(url);
  if (obstacle === null) return url;
  throw new AppError("unavailable", `The Redis of REDIS_URL does not answer: ${obstacle}`, {
    remedy:
      "Check its address and password, or leave REDIS_URL out to use a Redis of Plumbline's own.",
  });
}
