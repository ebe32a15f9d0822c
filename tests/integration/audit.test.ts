import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exportHead, readAnchors } from "#lib/audit/anchor.ts";
import { appendAudit } from "#lib/audit/append.ts";
import type { AuditEntry } from "#lib/audit/entry.ts";
import { auditProtection } from "#lib/audit/protection.ts";
import { verifyChain } from "#lib/audit/verify.ts";
import type { Json } from "#lib/core/json.ts";
import { db, sqlIn } from "#lib/db/client.ts";
import { closePool, type Sql, sql, transaction } from "#lib/db/sql.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";

let database: TestDatabase;
let superuser: pg.Client;
let directory: string;
const types = new pg.TypeOverrides();
types.setTypeParser(20, BigInt);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "plumbline-audit-"));
  database = await createDatabase();
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    REDIS_URL: "redis://127.0.0.1:1",
    PLUMBLINE_SECRET: "x".repeat(32),
  });
  superuser = new pg.Client({ connectionString: database.adminUrl, types });
  await superuser.connect();
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await superuser.end();
  await db().$disconnect();
  await closePool();
  await database.drop();
});

beforeEach(() => tamper("TRUNCATE audit_event"));

const entry = (target: string, extra: Partial<AuditEntry> = {}): AuditEntry => ({
  actorId: "user:1",
  actorLogin: "ada",
  action: "queues.retry",
  phase: "event",
  target,
  ...extra,
});

async function write(count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await transaction((tx) =>
      appendAudit(tx, entry(`job ${i}`, { before: { attempt: i }, reason: "test" })),
    );
  }
}

/** What somebody with full power over the database could do: past the triggers. */
async function tamper(...statements: string[]): Promise<void> {
  await superuser.query("SET session_replication_role = replica");
  for (const statement of statements) await superuser.query(statement);
  await superuser.query("SET session_replication_role = origin");
}

const admin: Sql = {
  query: (text, params) => superuser.query(text, params),
};

describe("writing", () => {
  test("events get gapless numbers and verify, also when many write at once and some roll back", async () => {
    const attempts = Array.from({ length: 40 }, (_, i) =>
      transaction(async (tx) => {
        await appendAudit(tx, entry(`job ${i}`));
        if (i % 4 === 0) throw new Error("roll back");
      }).catch(() => {}),
    );
    await Promise.all(attempts);
    const { rows } = await sql.query<{ seq: bigint }>("SELECT seq FROM audit_event ORDER BY seq");
    expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 30 }, (_, i) => BigInt(i + 1)));
    expect(await verifyChain(sql)).toMatchObject({ checked: 30n, fault: null });
  });

  test("a Prisma transaction and a plain one write the same chain", async () => {
    await db().$transaction((tx) =>
      appendAudit(sqlIn(tx), entry("a", { before: { n: 1 }, runId: crypto.randomUUID() })),
    );
    await transaction((tx) => appendAudit(tx, entry("b")));
    await db().$transaction((tx) => appendAudit(sqlIn(tx), entry("c", { after: ["x", null] })));
    expect(await verifyChain(sql)).toMatchObject({ checked: 3n, fault: null });
  });

  test("whatever the fields hold, the stored row matches its hash", async () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    const fields = fc.record({
      target: text,
      reason: fc.option(text),
      before: fc.jsonValue({ stringUnit: "binary" }),
      after: fc.jsonValue({ stringUnit: "binary" }),
    });
    let written = 0n;
    await fc.assert(
      fc.asyncProperty(fields, async ({ before, after, ...texts }) => {
        await transaction((tx) =>
          appendAudit(tx, entry("t", { ...texts, before: before as Json, after: after as Json })),
        );
        written += 1n;
        expect(await verifyChain(sql, { from: written })).toMatchObject({
          checked: 1n,
          fault: null,
        });
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test("the application cannot change, delete or truncate the log", async () => {
    await write(2);
    for (const statement of [
      "UPDATE audit_event SET target = 'x'",
      "DELETE FROM audit_event",
      "TRUNCATE audit_event",
    ]) {
      await expect(sql.query(statement)).rejects.toMatchObject({ code: "42501" });
    }
    expect(await verifyChain(sql)).toMatchObject({ checked: 2n, fault: null });
  });
});

describe("verifying finds what a superuser did", () => {
  beforeEach(() => write(6));

  const faults: { what: string; statements: string[]; fault: { seq: bigint; kind: string } }[] = [
    {
      what: "an altered field",
      statements: ["UPDATE audit_event SET reason = 'innocent' WHERE seq = 3"],
      fault: { seq: 3n, kind: "altered" },
    },
    {
      what: "an altered JSON value",
      statements: [`UPDATE audit_event SET before = '{"attempt": 9}' WHERE seq = 4`],
      fault: { seq: 4n, kind: "altered" },
    },
    {
      what: "an altered time",
      statements: ["UPDATE audit_event SET at = at + interval '1 ms' WHERE seq = 6"],
      fault: { seq: 6n, kind: "altered" },
    },
    {
      what: "a deleted row",
      statements: ["DELETE FROM audit_event WHERE seq = 3"],
      fault: { seq: 3n, kind: "missing" },
    },
    {
      what: "a deleted first row",
      statements: ["DELETE FROM audit_event WHERE seq = 1"],
      fault: { seq: 1n, kind: "missing" },
    },
    {
      what: "two rows that changed places",
      statements: [
        "UPDATE audit_event SET seq = -1 WHERE seq = 3",
        "UPDATE audit_event SET seq = 3 WHERE seq = 4",
        "UPDATE audit_event SET seq = 4 WHERE seq = -1",
      ],
      fault: { seq: 3n, kind: "reordered" },
    },
    {
      what: "a deleted row whose place was closed",
      statements: [
        "DELETE FROM audit_event WHERE seq = 3",
        "UPDATE audit_event SET seq = seq - 1 WHERE seq > 3",
      ],
      fault: { seq: 3n, kind: "altered" },
    },
  ];

  test.each(faults)("$what", async ({ statements, fault }) => {
    await tamper(...statements);
    expect((await verifyChain(admin)).fault).toMatchObject(fault);
  });

  test("a row replaced together with its own hash", async () => {
    await tamper("DELETE FROM audit_event WHERE seq >= 3 AND seq < 4");
    const copy =
      "INSERT INTO audit_event SELECT 3, at, actor_id, actor_login, action, phase, run_id, source_name, 'forged', reason, outcome, before, after, request_id, prev_hash, repeat('a', 64) FROM audit_event WHERE seq = 2";
    await tamper(copy);
    expect((await verifyChain(admin)).fault).toMatchObject({ seq: 3n });
  });

  test("a cut-off tail, by the head exported before", async () => {
    const file = join(directory, "truncated.log");
    await exportHead(sql, file);
    await tamper("DELETE FROM audit_event WHERE seq > 4");
    expect((await verifyChain(admin)).fault).toBeNull();
    const anchors = await readAnchors(file);
    expect((await verifyChain(admin, { anchors })).fault).toMatchObject({
      seq: 5n,
      kind: "truncated",
    });
    await tamper("DELETE FROM audit_event");
    expect((await verifyChain(admin, { anchors })).fault).toMatchObject({
      seq: 1n,
      kind: "truncated",
    });
  });

  test("a chain rewritten from some row on with fresh hashes, by the head exported before", async () => {
    const file = join(directory, "rewritten.log");
    await exportHead(sql, file);
    await tamper("DELETE FROM audit_event WHERE seq > 4");
    for (const target of ["forged 5", "forged 6"])
      await transaction((tx) => appendAudit(tx, entry(target)));
    expect((await verifyChain(sql)).fault).toBeNull();
    expect((await verifyChain(sql, { anchors: await readAnchors(file) })).fault).toMatchObject({
      seq: 6n,
      kind: "rewritten",
    });
  });
});

describe("the exported head", () => {
  test("grows only when the chain did, and only its owner may read it", async () => {
    const file = join(directory, "head.log");
    expect(await exportHead(sql, file)).toBeNull();
    await write(1);
    expect(await exportHead(sql, file)).toMatchObject({ seq: 1n });
    expect(await exportHead(sql, file)).toBeNull();
    await write(1);
    expect(await exportHead(sql, file)).toMatchObject({ seq: 2n });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(2);
    expect(await verifyChain(sql, { anchors: await readAnchors(file) })).toMatchObject({
      anchors: 2,
      fault: null,
    });
  });
});

describe("protection", () => {
  test("is told as it is for the application's role and for a superuser", async () => {
    const { rows } = await sql.query<{ owner: string }>(
      "SELECT relowner::regrole::text AS owner FROM pg_class WHERE relname = 'audit_event'",
    );
    const expected = rows[0]?.owner === "plumbline_audit" ? "insert_only_role" : "triggers_only";
    expect((await auditProtection(sql)).level).toBe(expected);
    expect((await auditProtection(admin)).level).toBe("triggers_only");
    await superuser.query("ALTER TABLE audit_event DISABLE TRIGGER audit_no_change");
    expect((await auditProtection(sql)).level).toBe("none");
  });
});

describe("plumbline audit", () => {
  function plumbline(...args: string[]): { status: number | null; stdout: string } {
    const cli = join(import.meta.dirname, "../../bin/cli.ts");
    const env = { ...process.env, PLUMBLINE_HOME: directory };
    return spawnSync(process.execPath, [cli, "audit", ...args], { env, encoding: "utf8" });
  }

  test("verifies, exports, and names the first bad row", async () => {
    await write(3);
    const intact = plumbline("verify", "--json");
    expect(intact.status).toBe(0);
    expect(JSON.parse(intact.stdout)).toMatchObject({ ok: true, checked: "3", head: { seq: "3" } });

    const exported = plumbline("export", "--from", "2").stdout.trim().split("\n");
    expect(exported.map((line) => (JSON.parse(line) as { target: string }).target)).toEqual([
      "job 2",
      "job 3",
    ]);

    await tamper("UPDATE audit_event SET actor_login = 'somebody else' WHERE seq = 2");
    const altered = plumbline("verify");
    expect(altered.status).toBe(1);
    expect(altered.stdout).toContain("altered at row 2");
  });
});
