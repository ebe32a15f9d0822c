import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newCost } from "#lib/sources/cost.ts";
import { inspectSource } from "#lib/sources/index.ts";
import { PostgresConnection } from "#lib/sources/postgres/connect.ts";
import { STATEMENT_TAG } from "#lib/sources/postgres/session.ts";
import { installedPostgres, startInstalledPostgres } from "#tests/support/installed-postgres.ts";
import { createEmptyDatabase } from "#tests/support/postgres.ts";

/** The server that comes with us, and every other major this machine has. */
const servers = [
  { server: "the embedded server", start: embedded },
  ...installedPostgres().map((bin) => ({ server: bin, start: () => startInstalledPostgres(bin) })),
];

async function embedded() {
  const { adminUrl, drop } = await createEmptyDatabase();
  return { url: adminUrl, stop: drop };
}

describe.each(servers)("PostgreSQL of $server", ({ start }) => {
  let url: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const started = await start();
    stop = started.stop;
    const admin = new pg.Client({ connectionString: started.url });
    await admin.connect();
    await admin.query("create extension if not exists pg_stat_statements");
    // Roles outlive the database: a fresh name each time.
    const reader = `reader_${randomBytes(6).toString("hex")}`;
    await admin.query(`create role ${reader} login password 'secret' in role pg_monitor`);
    await admin.end();
    const login = new URL(started.url);
    [login.username, login.password] = [reader, "secret"];
    url = login.href;
  });
  afterAll(() => stop());

  it("needs only pg_monitor and the extension", async () => {
    const { capabilities } = await inspectSource({
      name: "db",
      kind: "postgres",
      url,
      labels: {},
      intervalMs: 60_000,
      options: { allowSuperuser: false },
    });
    const missing = capabilities.filter((one) => one.needed === "required" && one.ok !== true);
    expect(missing).toEqual([]);
  });

  it("answers the reads that differ between majors", async () => {
    const conn = new PostgresConnection(url, newCost());
    try {
      const columns = await conn.columns("pg_stat_statements");
      expect([...columns]).toEqual(
        expect.arrayContaining(["toplevel", "calls", "total_exec_time"]),
      );
      const plan = await conn.readOnlyTransaction(async (run) => {
        await run("set local plan_cache_mode = force_generic_plan");
        await run("prepare planned as select * from pg_class where relname = $1");
        return run("explain (format json) execute planned (null)");
      });
      expect(JSON.stringify(plan)).toContain("(relname = $1)");
      await conn.query("select 'majors'::text as majors_marker");
      const [own] = await conn.query<{ query: string }>(
        "select query from pg_stat_statements where query like '%majors_marker%'",
      );
      expect(own?.query).toContain(STATEMENT_TAG);
    } finally {
      await conn.close();
    }
  });
});
