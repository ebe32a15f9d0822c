import { readFileSync } from "node:fs";
import { join } from "node:path";
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

/** Time series and signals' own tables are plain SQL: schema.prisma does not name them, so it cannot disagree. */
const schema = readFileSync(join(import.meta.dirname, "../../prisma/schema.prisma"), "utf8");
const entities = new Set([...schema.matchAll(/@@map\("(\w+)"\)/g)].map(([, name]) => name));
const isAboutEntity = (step: string) =>
  entities.has(/TABLE "(\w+)"| ON "(\w+)"/.exec(step)?.slice(1).find(Boolean) ?? "");

test("schema.prisma and the migrations agree", async () => {
  expect(entities.size).toBeGreaterThan(5);
  const steps = ((await drift(migrated.url)) ?? "").split("\n\n");
  expect(steps.filter(isAboutEntity)).toEqual([]);
});

test("a column that only the database has is found", async () => {
  await query(migrated.url, "ALTER TABLE source ADD COLUMN stray int");
  const steps = ((await drift(migrated.url)) ?? "").split("\n\n");
  expect(steps.filter(isAboutEntity)).toEqual([expect.stringContaining('DROP COLUMN "stray"')]);
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

async function tables(url: string): Promise<unknown[]> {
  const rows = await query(
    url,
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace",
  );
  return rows.map((row) => row["name"]);
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  return rows;
}
