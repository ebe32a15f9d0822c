import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { drift, migrate } from "#lib/db/migrate.ts";
import { createDatabase, createEmptyDatabase } from "#tests/support/postgres.ts";

const empty = await createEmptyDatabase();
const migrated = await createDatabase();
afterAll(() => Promise.all([empty.drop(), migrated.drop()]));

test("two starts at once migrate an empty database once, and the tables are there", async () => {
  const [one, two] = await Promise.all([migrate(empty.url), migrate(empty.url)]);
  expect([one.applied.length, two.applied.length]).toContain(0);
  expect(one.applied.length + two.applied.length).toBeGreaterThan(0);
  expect(await tables(empty.url)).toEqual(
    expect.arrayContaining(["_prisma_migrations", "source", "sample"]),
  );
  expect((await migrate(empty.url)).applied).toEqual([]);
});

/** Partitioned and purely relational tables are plain SQL: schema.prisma knows nothing of them. */
const SQL_ONLY =
  /^-- DropTable\nDROP TABLE "(metric_value|partition_policy|rollup_progress|sample|sample_1h|sample_1m)";$/;

test("schema.prisma and the migrations agree", async () => {
  const steps = ((await drift(migrated.url)) ?? "").split(/\n\n/).map((step) => step.trim());
  expect(steps.filter((step) => step !== "" && !SQL_ONLY.test(step))).toEqual([]);
});

test("a database that cannot be reached is named, with a remedy and without its password", async () => {
  const failure = await migrate("postgres://nobody:hush-hush@127.0.0.1:1/none").catch(
    (error: Error) => error,
  );
  expect(failure).toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("could not be migrated"),
  });
  expect(JSON.stringify(failure)).not.toContain("hush-hush");
});

async function tables(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace",
  );
  await client.end();
  return rows.map((row) => row.name);
}
