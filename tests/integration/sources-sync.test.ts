import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPool, type Sql, transaction } from "#lib/db/sql.ts";
import type { SourceConfig } from "#lib/sources/define.ts";
import { saveProbe, syncSources } from "#lib/sources/sync.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.url);
});
beforeEach(() => pool.query("delete from source"));
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const source = (name: string, change: Partial<SourceConfig> = {}): SourceConfig =>
  ({
    name,
    kind: "redis",
    url: `redis://user:CANARY@${name}/0`,
    labels: { service: name },
    intervalMs: 15_000,
    options: {},
    ...change,
  }) as SourceConfig;

const sync = (...sources: SourceConfig[]) =>
  transaction((tx: Sql) => syncSources(tx, sources), pool);

const rows = async () =>
  (await pool.query("select name, kind, labels, interval_ms, enabled from source order by name"))
    .rows;

describe("the source table", () => {
  it("follows the configuration and keeps ids", async () => {
    const first = await sync(source("a"), source("b"));
    expect(first.added.toSorted()).toEqual(["a", "b"]);
    const second = await sync(
      source("a", { intervalMs: 30_000, labels: { team: "x" } }),
      source("c"),
    );
    expect(second.added).toEqual(["c"]);
    expect(second.disabled).toEqual(["b"]);
    expect(second.ids.get("a")).toBe(first.ids.get("a"));
    expect(await rows()).toEqual([
      { name: "a", kind: "redis", labels: { team: "x" }, interval_ms: 30_000, enabled: true },
      { name: "b", kind: "redis", labels: { service: "b" }, interval_ms: 15_000, enabled: false },
      { name: "c", kind: "redis", labels: { service: "c" }, interval_ms: 15_000, enabled: true },
    ]);
  });

  it("takes a source back that had left, with its history", async () => {
    const before = await sync(source("a"));
    await sync();
    const after = await sync(source("a"));
    expect(after).toEqual({ ids: before.ids, added: [], disabled: [] });
  });

  it("never holds a URL", async () => {
    await sync(source("a"));
    const { rows: texts } = await pool.query("select source::text as row from source");
    expect(JSON.stringify(texts)).not.toMatch(/CANARY|redis:\/\//);
  });

  it("is the same after several workers wrote it at once", async () => {
    const sources = ["d", "b", "c", "a"].map((name) => source(name));
    const synced = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        sync(...(index % 2 ? sources : sources.toReversed())),
      ),
    );
    expect(new Set(synced.map(({ ids }) => ids.get("a"))).size).toBe(1);
    expect(synced.flatMap(({ added }) => added).toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(await rows()).toHaveLength(4);
  });

  it("keeps what a probe found until the source is of another kind", async () => {
    const id = (await sync(source("a"))).ids.get("a") ?? "";
    const capabilities = [
      { id: "info", title: "INFO", ok: true, detail: "allowed", needed: "required" as const },
    ];
    const probe = { serverVersion: "7.0.15", capabilities, facts: {}, refusal: null };
    await saveProbe(pool, id, probe, new Date("2026-01-02T03:04:05Z"));
    await sync(source("a"));
    const found = async () =>
      (await pool.query("select server_version, capabilities, probed_at from source")).rows[0];
    expect(await found()).toEqual({
      server_version: "7.0.15",
      capabilities,
      probed_at: new Date("2026-01-02T03:04:05Z"),
    });
    await sync(
      source("a", { kind: "bullmq", options: { prefixes: null } } as Partial<SourceConfig>),
    );
    expect(await found()).toEqual({ server_version: null, capabilities: [], probed_at: null });
  });
});
