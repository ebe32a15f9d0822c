import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { appendAudit } from "#lib/audit/append.ts";
import { auditProtection } from "#lib/audit/protection.ts";
import { verifyChain } from "#lib/audit/verify.ts";
import { migrate } from "#lib/db/migrate.ts";
import { createPool, type Sql, transaction } from "#lib/db/sql.ts";
import { createEmptyDatabase } from "#tests/support/postgres.ts";

const sqlOf = (pool: pg.Pool): Sql => ({ query: (text, params) => pool.query(text, params) });

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** An empty database of a new role with these attributes, and a pool that is that role. */
async function databaseOwnedBy(
  attributes: string,
  ...grants: string[]
): Promise<{ url: string; pool: pg.Pool; role: string }> {
  const database = await createEmptyDatabase();
  cleanups.push(() => database.drop());
  const role = `role_${randomBytes(4).toString("hex")}`;
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}' ${attributes}`);
  for (const grant of grants) await admin.query(grant.replaceAll("$ROLE", role));
  await admin.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} OWNER TO ${role}`);
  await admin.end();
  const url = Object.assign(new URL(database.url), { username: role, password: role }).href;
  await migrate(url);
  const pool = createPool(url);
  cleanups.push(() => pool.end());
  return { url, pool, role };
}

async function expectWorking(pool: pg.Pool): Promise<void> {
  const entry = {
    actorId: "a",
    actorLogin: "a",
    action: "x.y",
    phase: "event" as const,
    target: "t",
  };
  await transaction((tx) => appendAudit(tx, entry), pool);
  expect(await verifyChain(sqlOf(pool))).toMatchObject({ checked: 1n, fault: null });
  await expect(pool.query("DELETE FROM audit_event")).rejects.toMatchObject({ code: "42501" });
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

test("an ordinary role that was made a member beforehand hands the log over", async () => {
  const createRole =
    "DO $$ BEGIN CREATE ROLE plumbline_audit NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$";
  const { pool } = await databaseOwnedBy(
    "",
    createRole,
    "GRANT plumbline_audit TO $ROLE WITH INHERIT FALSE",
  );
  await expectWorking(pool);
  expect(await auditProtection(sqlOf(pool))).toMatchObject({ level: "insert_only_role" });
});

test("an ordinary role keeps the log behind triggers, and is told so", async () => {
  const { pool } = await databaseOwnedBy("");
  await expectWorking(pool);
  const protection = await auditProtection(sqlOf(pool));
  expect(protection).toMatchObject({ level: "triggers_only" });
  expect(protection.message).toContain("GRANT plumbline_audit");
});

test("a superuser works too, and is told that nothing binds it", async () => {
  const { pool, role } = await databaseOwnedBy("SUPERUSER");
  await expectWorking(pool);
  expect(await auditProtection(sqlOf(pool))).toMatchObject({
    level: "triggers_only",
    message: expect.stringContaining(`${role} is a superuser`),
  });
});
