import { chmodSync, globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { migrate } from "#lib/db/migrate.ts";
import { removePlaces } from "#lib/embedded/place.ts";
import { startPostgres } from "#lib/embedded/postgres.ts";
import { isRunning, refOf, type ProcessRef } from "#lib/embedded/process.ts";
import { redisProgram } from "#lib/embedded/redis.ts";
import { stopLeftovers } from "#lib/embedded/service.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser's URL of the run's Postgres; its path names the migrated template database. */
    postgresAdminUrl: string;
    /** The same for the ordinary role that owns the template. */
    postgresUrl: string;
    /** Folder for the servers that tests start; all are stopped, and it is removed, at the end. */
    serversDir: string;
  }
}

const PREFIX = join(tmpdir(), "plumbline-test-");
const OWNER = "owner.json";

/** One Postgres for the whole run, with a migrated template database that every test copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandonedRuns();
  redisProgram(console.log);
  const serversDir = mkdtempSync(PREFIX);
  // As root, the servers run as another user, who has to pass through.
  chmodSync(serversDir, 0o711);
  writeFileSync(join(serversDir, OWNER), JSON.stringify(refOf(process.pid)));
  const postgres = await startPostgres({
    dir: join(serversDir, "postgres"),
    port: randomPort(),
    database: "plumbline_template",
    settings: {
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
      max_connections: 200,
      track_io_timing: "on",
    },
  });
  await migrate(postgres.url);
  project.provide("postgresAdminUrl", postgres.adminUrl);
  project.provide("postgresUrl", postgres.url);
  project.provide("serversDir", serversDir);
  return () => remove(serversDir);
}

async function remove(serversDir: string): Promise<void> {
  await stopLeftovers(serversDir, { everything: true });
  removePlaces(serversDir);
}

/** A run that was killed could not clean up after itself. */
async function removeAbandonedRuns(): Promise<void> {
  for (const ownerFile of globSync(`${PREFIX}*/${OWNER}`)) {
    const owner = JSON.parse(readFileSync(ownerFile, "utf8")) as ProcessRef;
    if (!isRunning(owner)) await remove(join(ownerFile, ".."));
  }
}

/** Several runs at once on one machine rarely meet, and move on when they do. */
const randomPort = (): number => 20_000 + Math.floor(Math.random() * 9_000);
