import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { afterEach, expect, inject, test } from "vitest";
import { freePort } from "#lib/embedded/ports.ts";
import { removePlaces } from "#lib/embedded/place.ts";
import { startPostgres } from "#lib/embedded/postgres.ts";
import { identityOf } from "#lib/embedded/process.ts";
import { startRedis } from "#lib/embedded/redis.ts";
import { stopLeftovers } from "#lib/embedded/service.ts";

const created: string[] = [];

function newDir(parent = inject("serversDir")): string {
  const dir = mkdtempSync(join(parent, "own-"));
  created.push(dir);
  return dir;
}

afterEach(async () => {
  for (const dir of created.splice(0)) {
    await stopLeftovers(dir, { everything: true });
    removePlaces(dir);
  }
});

const somePort = () => freePort(20_000 + Math.floor(Math.random() * 9_000));

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<unknown[]>({ text, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
}

test("the application's role owns its database and is no superuser; nobody comes in without the password", async () => {
  const server = await startPostgres({ dir: newDir(), port: await somePort(), database: "app" });
  expect(
    await query(
      server.url,
      "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user",
    ),
  ).toEqual([false, false, false]);
  await query(server.url, "CREATE TABLE kept (id int)");
  const wrong = server.url.replace(/:[^:@]+@/, ":guess@");
  await expect(query(wrong, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  await expect(query(wrong.replace("//app", "//postgres"), "SELECT 1")).rejects.toMatchObject({
    code: "28P01",
  });
});

test("Postgres comes back with what was committed, after a stop and after a crash", async () => {
  const options = { dir: newDir(), port: await somePort(), database: "app" };
  const first = await startPostgres(options);
  await query(first.url, "CREATE TABLE kept AS SELECT 1 AS id");
  await first.stop();
  expect(identityOf(first.pid)).toBeNull();
  const second = await startPostgres(options);
  await query(second.url, "INSERT INTO kept VALUES (2)");
  process.kill(second.pid, "SIGKILL");
  await second.exited;
  const third = await startPostgres(options);
  expect(await query(third.url, "SELECT id FROM kept ORDER BY id")).toEqual([1, 2]);
});

test("a server that a crashed start left running is stopped before the next", async () => {
  const options = { dir: newDir(), port: await somePort() };
  const left = await startRedis(options);
  const client = new Redis(left.url);
  await client.set("kept", "yes");
  client.disconnect();
  const next = await startRedis(options);
  expect(identityOf(left.pid)).toBeNull();
  expect(next.port).toBe(options.port);
  const again = new Redis(next.url);
  expect(await again.get("kept")).toBe("yes");
  again.disconnect();
});

test("a suspended server is woken and stopped", async () => {
  const server = await startPostgres({ dir: newDir(), port: await somePort(), database: "app" });
  process.kill(-server.pid, "SIGSTOP");
  await server.stop();
  expect(identityOf(server.pid)).toBeNull();
});

test("a taken port is left to whoever has it", async () => {
  const port = await somePort();
  const other = createServer().listen(port, "127.0.0.1");
  const redis = await startRedis({ dir: newDir(), port });
  const postgres = await startPostgres({ dir: newDir(), port, database: "app" });
  expect(redis.port).toBeGreaterThan(port);
  expect(postgres.port).toBeGreaterThan(redis.port);
  expect(await query(postgres.url, "SELECT 1")).toEqual([1]);
  other.close();
});

test("Redis asks for its password, and refuses writes instead of forgetting when memory is full", async () => {
  const server = await startRedis({ dir: newDir(), port: await somePort() });
  const stranger = new Redis({ port: server.port, retryStrategy: () => null });
  stranger.on("error", () => {});
  await expect(stranger.get("x")).rejects.toThrow("NOAUTH");
  stranger.disconnect();
  const client = new Redis(server.url);
  expect(await client.config("GET", "maxmemory-policy")).toEqual([
    "maxmemory-policy",
    "noeviction",
  ]);
  expect(await client.config("GET", "appendonly")).toEqual(["appendonly", "yes"]);
  client.disconnect();
});

test.runIf(process.getuid?.() === 0)(
  "as root below a closed folder, the files move to where the server's user can go, and go with the folder",
  async () => {
    const closed = newDir();
    const dir = join(closed, "closed", "postgres");
    mkdirSync(join(closed, "closed"), { mode: 0o700 });
    const notices: string[] = [];
    const server = await startPostgres({
      dir,
      port: await somePort(),
      database: "app",
      notice: (line) => notices.push(line),
    });
    const [data] = (await query(server.adminUrl, "SHOW data_directory")) as [string];
    expect(notices).toEqual([expect.stringContaining(data.replace("/data", ""))]);
    expect(data.startsWith(closed)).toBe(false);
    await server.stop();
    removePlaces(closed);
    expect(existsSync(data)).toBe(false);
  },
);
