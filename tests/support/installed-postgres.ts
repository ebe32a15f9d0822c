import { execFileSync } from "node:child_process";
import { appendFileSync, globSync, mkdtempSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { claimPlace } from "#lib/embedded/place.ts";
import { startService } from "#lib/embedded/service.ts";

/** The servers of other majors that the system's packages brought along: `/usr/lib/postgresql/15/bin` and so on. */
export const installedPostgres = (): string[] =>
  globSync("/usr/lib/postgresql/*/bin/initdb").map(dirname).toSorted();

/** Starts one of them on a fresh data folder; `url` is its superuser's. */
export async function startInstalledPostgres(
  bin: string,
): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = mkdtempSync(join(inject("serversDir"), "installed-"));
  const place = claimPlace(dir);
  const data = join(place.dir, "data");
  const how = [
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  ];
  execFileSync(join(bin, "initdb"), how, { ...place.account, cwd: place.dir, stdio: "ignore" });
  const port = 20_000 + Math.floor(Math.random() * 9_000);
  const settings = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    "shared_preload_libraries = 'pg_stat_statements'",
    "fsync = off",
  ];
  appendFileSync(join(data, "postgresql.conf"), `${settings.join("\n")}\n`);
  const service = startService({
    command: join(bin, "postgres"),
    args: ["-D", data],
    cwd: place.dir,
    log: join(dir, "postgres.log"),
    record: join(dir, "postgres.process.json"),
    account: place.account,
    stopSignal: "SIGINT",
    graceMs: 10_000,
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(url, 100);
  return { url, stop: () => service.stop() };
}

async function untilReady(url: string, attempts: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
  } catch (error) {
    if (attempts === 0) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await untilReady(url, attempts - 1);
  }
}
