import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Capability, SourceConfig } from "#lib/sources/define.ts";
import { inspectSource } from "#lib/sources/index.ts";
import { createEmptyDatabase, type TestDatabase } from "#tests/support/postgres.ts";
import { installQueueTables } from "#tests/support/postgres-queues.ts";

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createEmptyDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

const source = { name: "queues", url: "", labels: {}, intervalMs: 15_000 };

function queuesIn(
  schemas: string[] | null,
  { url = database.url, allowSuperuser = false } = {},
): SourceConfig<"bullmq_postgres"> {
  return { ...source, url, kind: "bullmq_postgres", options: { schemas, allowSuperuser } };
}

async function probe(config: SourceConfig): Promise<Record<string, Capability>> {
  const { capabilities } = await inspectSource(config);
  return Object.fromEntries(capabilities.map((one) => [one.id, one]));
}

test("a database without BullMQ's tables says so, and tables of the same names are not taken for them", async () => {
  await admin.query("create table job (id int, state text); create table migration (version int)");
  const found = await probe(queuesIn(null));
  expect(found["queue_tables"]).toMatchObject({
    ok: false,
    detail: expect.stringContaining("any schema of database test_"),
  });
  expect(found["read_tables"]?.ok).toBeNull();
  await admin.query("drop table job, migration");
});

describe("with queues in two schemas", () => {
  beforeAll(async () => {
    await installQueueTables(database.url);
    await installQueueTables(database.url, "Other_Team");
    await admin.query(
      `insert into bullmq.meta values ('mails', 'version', 'bullmq:6.7.0'), ('mails', 'paused', '1');
       insert into bullmq.job (queue, id, seq, name, state, added_at_ms)
       values ('only jobs', '1', 1, 'a', 'waiting', 0), ('only jobs', '2', 2, 'a', 'waiting', 0)`,
    );
  });

  test("queues are found by their settings and by their jobs", async () => {
    const found = await probe(queuesIn(["bullmq"]));
    expect(found["queues_discoverable"]).toMatchObject({
      ok: true,
      detail: "2 found: mails, only jobs",
    });
    expect(found["queue_tables"]).toMatchObject({ ok: true, detail: "in bullmq" });
    expect(found["tables_version"]).toMatchObject({ ok: true, detail: "migration 11" });
  });

  test("every schema counts unless the source names some, and one that is missing is named", async () => {
    expect((await probe(queuesIn(null)))["queue_tables"]?.detail).toBe("in Other_Team, bullmq");
    expect((await probe(queuesIn(["bullmq", "gone"])))["queue_tables"]).toMatchObject({
      ok: false,
      detail: expect.stringContaining("not in gone of database"),
    });
  });

  test("tables of a later BullMQ are read, with a warning", async () => {
    await admin.query("insert into bullmq.migration values (12, 'later', 6)");
    expect((await probe(queuesIn(["bullmq"])))["tables_version"]).toMatchObject({
      ok: null,
      detail: expect.stringContaining("migration 12 is newer than 11"),
    });
    await admin.query("delete from bullmq.migration where version = 12");
  });

  test("a superuser is refused, with the rights that are enough", async () => {
    const refused = queuesIn(["bullmq"], { url: database.adminUrl });
    const { refusal, capabilities } = await inspectSource(refused);
    expect(refusal).toContain("is a superuser");
    const superuser = capabilities.find(({ id }) => id === "not_superuser");
    expect(superuser?.grant).toMatch(/CREATE ROLE plumbline .*GRANT SELECT ON "bullmq"\.event/);
    const allowed = { ...refused, options: { schemas: null, allowSuperuser: true } };
    expect((await inspectSource(allowed)).refusal).toBeNull();
  });

  test("an ordinary Postgres source says that queues are here and how to watch them", async () => {
    const config: SourceConfig = {
      ...source,
      url: database.url,
      kind: "postgres",
      options: { allowSuperuser: false },
    };
    expect((await probe(config))["queues_here"]).toMatchObject({
      ok: true,
      detail: expect.stringContaining("in schema Other_Team, bullmq: a source of kind"),
    });
  });
});
