import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newCost } from "#lib/sources/cost.ts";
import type { Capability, SourceConfig } from "#lib/sources/define.ts";
import { inspectSource, openSource } from "#lib/sources/index.ts";
import { PostgresConnection } from "#lib/sources/postgres/connect.ts";
import { STATEMENT_TAG } from "#lib/sources/postgres/session.ts";
import { createEmptyDatabase, type TestDatabase } from "#tests/support/postgres.ts";

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createEmptyDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query("create table payment (id int primary key, amount bigint)");
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** Lends a connection and closes it again. */
async function withConnection<T>(
  work: (conn: PostgresConnection) => Promise<T>,
  url = database.url,
): Promise<T> {
  const conn = new PostgresConnection(url, newCost());
  try {
    return await work(conn);
  } finally {
    await conn.close();
  }
}

const config = (url: string, allowSuperuser = false): SourceConfig<"postgres"> => ({
  name: "db",
  kind: "postgres",
  url,
  labels: {},
  intervalMs: 60_000,
  options: { allowSuperuser },
});

async function probe(): Promise<Record<string, Capability>> {
  const { capabilities } = await inspectSource(config(database.url));
  return Object.fromEntries(capabilities.map((one) => [one.id, one]));
}

describe("a session on somebody else's Postgres", () => {
  it.each([
    ["create table t (a int)"],
    ["insert into payment values (1, 1)"],
    ["update payment set amount = 0"],
    ["select nextval('s') from (select 1) as x, pg_sequences"],
  ])("cannot %s", async (sql) => {
    await admin.query("create sequence if not exists s");
    await admin.query("grant all on all tables in schema public to plumbline_template");
    await admin.query("grant all on all sequences in schema public to plumbline_template");
    await withConnection(async (conn) => {
      await expect(conn.query(sql)).rejects.toMatchObject({ reason: "readonly" });
      const inTransaction = conn.readOnlyTransaction((run) => run(sql));
      await expect(inTransaction).rejects.toMatchObject({ reason: "readonly" });
    });
  });

  it("takes one statement at a time", async () => {
    await withConnection(async (conn) => {
      const two = conn.query("select 1; set default_transaction_read_only = off");
      await expect(two).rejects.toMatchObject({ reason: "internal" });
    });
  });

  it("keeps its limits whatever the URL asks for", async () => {
    const url = `${database.url}?options=-c%20statement_timeout%3D0&statement_timeout=0&application_name=other`;
    const rows = await withConnection(
      (conn) =>
        conn.query(
          `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
                  current_setting('default_transaction_read_only') as read_only, current_setting('application_name') as name`,
        ),
      url,
    );
    expect(rows).toEqual([{ statement: "3s", lock: "100ms", read_only: "on", name: "plumbline" }]);
  });

  it("does not wait for a lock", async () => {
    await admin.query("begin; lock table payment in access exclusive mode");
    try {
      await withConnection(async (conn) => {
        await expect(conn.query("select * from payment")).rejects.toMatchObject({
          reason: "timeout",
        });
      });
    } finally {
      await admin.query("rollback");
    }
  });

  it("is cancelled by the server when it runs long, and stays usable", async () => {
    await withConnection(async (conn) => {
      await expect(conn.query("select pg_sleep(60)")).rejects.toMatchObject({
        reason: "timeout",
        cause: { code: "57014" },
      });
      expect(await conn.query("select 1 as one")).toEqual([{ one: 1 }]);
    });
  });

  it("uses one connection to collect and at most three in all", async () => {
    await withConnection(async (conn) => {
      const reads = Array.from({ length: 12 }, (_, index) =>
        conn.query<{ pid: number }>("select pg_backend_pid() as pid, pg_sleep(0.02)", [], {
          lane: index % 2 ? "collect" : "interactive",
        }),
      );
      const pids = (await Promise.all(reads)).map((rows) => rows[0]?.pid);
      expect(new Set(pids.filter((_, index) => index % 2)).size).toBe(1);
      expect(new Set(pids).size).toBeLessThanOrEqual(3);
    });
  });

  it("marks its statements, so that they can be left out of pg_stat_statements", async () => {
    await withConnection(async (conn) => {
      await conn.query("select 'mark'::text as a /* mine */;  ");
      const { rows } = await admin.query<{ query: string }>(
        `select query from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = current_database() and query like '%mine%'`,
      );
      expect(rows.map((row) => row.query.includes(STATEMENT_TAG))).toEqual([true]);
    });
  });

  it("leaves no prepared statement behind", async () => {
    await withConnection(async (conn) => {
      const plan = await conn.readOnlyTransaction(async (run) => {
        await run("prepare planned as select * from payment where id = $1");
        return run("explain (format json) execute planned (null)");
      });
      expect(plan).toHaveLength(1);
      const left = await conn.query("select name from pg_prepared_statements", [], {
        lane: "interactive",
      });
      expect(left).toEqual([]);
    });
  });

  it("reconnects after the server dropped it", async () => {
    await withConnection(async (conn) => {
      const [first] = await conn.query<{ pid: number }>("select pg_backend_pid() as pid");
      await admin.query("select pg_terminate_backend($1)", [first?.pid]);
      await expect
        .poll(() => conn.query("select 1 as one").catch(() => null))
        .toEqual([{ one: 1 }]);
    });
  });

  it("tells columns by presence and finds extensions in any schema", async () => {
    await admin.query("create schema monitoring");
    await admin.query("drop extension pg_stat_statements");
    await admin.query("create extension pg_stat_statements schema monitoring");
    await withConnection(async (conn) => {
      expect(await conn.extensionSchema("pg_stat_statements")).toBe("monitoring");
      const columns = await conn.columns("monitoring.pg_stat_statements");
      expect([...columns]).toEqual(expect.arrayContaining(["toplevel", "total_exec_time"]));
      expect([...columns]).not.toContain("total_time");
      expect(await conn.columns("no_such_view")).toEqual(new Set());
      expect(await conn.extensionSchema("postgis")).toBeNull();
    });
  });

  it("keeps every digit of a bigint", async () => {
    const rows = await withConnection((conn) => conn.query("select 9007199254740993::int8 as big"));
    expect(rows).toEqual([{ big: 9007199254740993n }]);
  });
});

describe("a superuser", () => {
  it("is refused unless allowed, and leaves no connection", async () => {
    await expect(openSource(config(database.adminUrl), "id")).rejects.toMatchObject({
      reason: "permission",
      message: expect.stringContaining("allow_superuser: true"),
    });
    const open = `select from pg_stat_activity where application_name = 'plumbline' and datname = current_database()`;
    await expect.poll(async () => (await admin.query(open)).rows).toHaveLength(0);
    const source = await openSource(config(database.adminUrl, true), "id");
    await source.conn.close();
    expect(source.capabilities.has("not_superuser")).toBe(true);
  });
});

describe("what is missing on the server", () => {
  it("is said with the exact SQL, which then helps", async () => {
    await admin.query("drop extension if exists pg_stat_statements");
    await admin.query("revoke all on all tables in schema public from plumbline_template");
    const before = await probe();
    expect(before.pgss_installed).toMatchObject({
      ok: false,
      grant: expect.stringContaining("CREATE EXTENSION pg_stat_statements;"),
    });
    expect(before.pgss_readable).toMatchObject({ ok: false });
    expect(before.tables_readable).toMatchObject({ ok: false, needed: "recommended" });
    await admin.query(before.pgss_installed?.grant ?? "");
    await admin.query("grant select on payment to plumbline_template");
    const after = await probe();
    expect(after.pgss_installed).toMatchObject({ ok: true });
    expect(after.pgss_readable).toMatchObject({ ok: true });
    expect(after.tables_readable).toMatchObject({ ok: true });
  });

  it("includes the right to call pg_stat_statements itself", async () => {
    await admin.query("revoke execute on function pg_stat_statements(boolean) from public");
    const before = await probe();
    expect(before.pgss_readable).toMatchObject({ ok: false });
    await admin.query(before.pgss_readable?.grant ?? "");
    expect((await probe()).pgss_readable).toMatchObject({ ok: true });
  });

  it("includes the settings of the server", async () => {
    const role = `alter role plumbline_template in database ${admin.database}`;
    await admin.query(`${role} set compute_query_id = off`);
    await admin.query(`${role} set track_io_timing = off`);
    const off = await probe();
    expect(off.compute_query_id).toMatchObject({ ok: false, needed: "required" });
    expect(off.track_io_timing).toMatchObject({ ok: false, needed: "recommended" });
    await admin.query(`${role} reset all`);
    const on = await probe();
    expect([on.compute_query_id?.ok, on.track_io_timing?.ok]).toEqual([true, true]);
  });
});
