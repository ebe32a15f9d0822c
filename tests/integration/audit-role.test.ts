import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendAudit } from "#lib/audit/append.ts";
import { auditProtection } from "#lib/audit/protection.ts";
import { verifyChain } from "#lib/audit/verify.ts";
import { migrate } from "#lib/db/migrate.ts";
import { createPool, type Sql, transaction } from "#lib/db/sql.ts";
import { installedPostgres, startInstalledPostgres } from "#tests/support/installed-postgres.ts";
import { createEmptyDatabase } from "#tests/support/postgres.ts";

const sqlOf = (pool: pg.Pool): Sql => ({ query: (text, params) => pool.query(text, params) });

/** The server that comes with us, and every other major this machine has. */
const servers = [
  { server: "the embedded server", start: embedded },
  ...installedPostgres().map((bin) => ({ server: bin, start: () => startInstalledPostgres(bin) })),
];

async function embedded(): Promise<{ url: string; stop(): Promise<void> }> {
  const { adminUrl, drop } = await createEmptyDatabase();
  return { url: adminUrl, stop: drop };
}

const withPath = (url: string, change: Partial<URL>): string =>
  Object.assign(new URL(url), change).href;

const CREATE_ROLE =
  "DO $$ BEGIN CREATE ROLE plumbline_audit NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$";

const ENTRY = {
  actorId: "a",
  actorLogin: "a",
  action: "x.y",
  phase: "event" as const,
  target: "t",
};

async function expectWorking(pool: pg.Pool): Promise<void> {
  await transaction((tx) => appendAudit(tx, ENTRY), pool);
  expect(await verifyChain(sqlOf(pool))).toMatchObject({ checked: 1n, fault: null });
  await expect(pool.query("DELETE FROM audit_event")).rejects.toMatchObject({ code: "42501" });
}

describe.each(servers)("on $server", ({ start }) => {
  let admin: pg.Client;
  let adminUrl: string;
  let stop: () => Promise<void>;
  const pools: pg.Pool[] = [];

  beforeAll(async () => {
    ({ url: adminUrl, stop } = await start());
    admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
  });

  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await admin.end();
    await stop();
  });

  /** A migrated database of a new role with these attributes, and a pool that is that role. */
  async function databaseOwnedBy(
    attributes: string,
    ...first: string[]
  ): Promise<{ pool: pg.Pool; role: string }> {
    const role = `role_${randomBytes(4).toString("hex")}`;
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}' ${attributes}`);
    for (const statement of first) await admin.query(statement.replaceAll("$ROLE", role));
    await admin.query(`CREATE DATABASE ${role} OWNER ${role} TEMPLATE template0`);
    const url = withPath(adminUrl, { username: role, password: role, pathname: `/${role}` });
    await migrate(url);
    const pool = createPool(url);
    pools.push(pool);
    return { pool, role };
  }

  test("a role that may create roles hands the log over and keeps only read and add", async () => {
    const { pool } = await databaseOwnedBy("CREATEROLE");
    await expectWorking(pool);
    expect(await auditProtection(sqlOf(pool))).toMatchObject({ level: "insert_only_role" });
    for (const statement of [
      "ALTER TABLE audit_event DISABLE TRIGGER ALL",
      "TRUNCATE audit_event",
      "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    ]) {
      await expect(pool.query(statement)).rejects.toMatchObject({ code: "42501" });
    }
  });

  test("a second Plumbline on the same server does not trip over the role of the first", async () => {
    await databaseOwnedBy("CREATEROLE");
    const { pool } = await databaseOwnedBy("CREATEROLE");
    await expectWorking(pool);
  });

  test("an ordinary role that was a member while it migrated hands the log over", async () => {
    const { pool, role } = await databaseOwnedBy("", CREATE_ROLE, "GRANT plumbline_audit TO $ROLE");
    await admin.query(`REVOKE plumbline_audit FROM ${role}`);
    await expectWorking(pool);
    expect(await auditProtection(sqlOf(pool))).toMatchObject({ level: "insert_only_role" });
  });

  test("an ordinary role keeps the log behind triggers, is told so, and what it is told to do helps", async () => {
    const { pool, role } = await databaseOwnedBy("");
    await expectWorking(pool);
    const { level, message } = await auditProtection(sqlOf(pool));
    expect(level).toBe("triggers_only");
    const [createRole, ...rest] = message.slice(message.indexOf("CREATE ROLE")).split(/(?<=;) /);
    expect(createRole).toBe("CREATE ROLE plumbline_audit NOLOGIN;");
    const superuser = new pg.Client({
      connectionString: withPath(adminUrl, { pathname: `/${role}` }),
    });
    await superuser.connect();
    for (const statement of [CREATE_ROLE, ...rest]) await superuser.query(statement);
    await superuser.end();
    expect(await auditProtection(sqlOf(pool))).toMatchObject({ level: "insert_only_role" });
    await transaction((tx) => appendAudit(tx, ENTRY), pool);
    expect(await verifyChain(sqlOf(pool))).toMatchObject({ checked: 2n, fault: null });
  });

  test("a superuser works too, and is told that nothing binds it", async () => {
    const { pool, role } = await databaseOwnedBy("SUPERUSER");
    await expectWorking(pool);
    expect(await auditProtection(sqlOf(pool))).toMatchObject({
      level: "triggers_only",
      message: expect.stringContaining(`${role} is a superuser`),
    });
  });
});
