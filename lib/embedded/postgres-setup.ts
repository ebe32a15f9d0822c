import { spawnSync } from "node:child_process";
import { appendFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { AppError } from "#lib/core/errors.ts";
import { giveTo, type Place } from "./place.ts";

/** Our settings, rewritten at each start; postgresql.conf includes it last. */
export const SETTINGS_FILE = "plumbline.conf";

interface Cluster {
  bin: string;
  place: Place;
  /** The data folder to be; it appears only when it is complete. */
  data: string;
  password: string;
}

/** Makes a data folder whose superuser is `postgres`, reachable by password only. */
export function createCluster({ bin, place, data, password }: Cluster): void {
  const unfinished = `${data}.new`;
  const passwordFile = join(place.dir, "initdb-password");
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  giveTo(passwordFile, place.account);
  // The builtin locale is the same on every system, so an index never depends on the system's C library.
  const how = [
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
  ];
  const initdb = spawnSync(
    join(bin, "initdb"),
    ["-D", unfinished, "-U", "postgres", `--pwfile=${passwordFile}`, ...how],
    {
      ...place.account,
      cwd: place.dir,
      encoding: "utf8",
    },
  );
  rmSync(passwordFile);
  if (initdb.status !== 0) {
    throw new AppError(
      "unavailable",
      `PostgreSQL could not create its data folder:\n${(initdb.stderr ?? String(initdb.error)).trim()}`,
    );
  }
  appendFileSync(join(unfinished, "postgresql.conf"), `include = '${SETTINGS_FILE}'\n`);
  renameSync(unfinished, data);
}

interface Database {
  database: string;
  password: string;
  extensions?: string[];
}

/** Makes the role, its database and the extensions, where missing. Safe to repeat. */
export async function prepareDatabase(
  serverUrl: string,
  { database, password, extensions = [] }: Database,
): Promise<void> {
  await withClient(`${serverUrl}/postgres`, async (client) => {
    const { rowCount: roles } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [
      database,
    ]);
    if (roles === 0) await client.query(`CREATE ROLE ${database} LOGIN`);
    await client.query(`ALTER ROLE ${database} PASSWORD '${password}'`);
    const { rowCount: databases } = await client.query(
      "SELECT FROM pg_database WHERE datname = $1",
      [database],
    );
    if (databases === 0) await client.query(`CREATE DATABASE ${database} OWNER ${database}`);
  });
  if (extensions.length === 0) return;
  await withClient(`${serverUrl}/${database}`, async (client) => {
    for (const name of extensions) await client.query(`CREATE EXTENSION IF NOT EXISTS ${name}`);
  });
}

async function withClient(
  connectionString: string,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  // pg_stat_statements would keep the text of ALTER ROLE, password and all.
  const client = new pg.Client({ connectionString, options: "-c pg_stat_statements.track=none" });
  client.on("error", () => {});
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end();
  }
}
