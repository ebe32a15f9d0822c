import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { sql, transaction } from "#lib/db/sql.ts";
import { startPostgres } from "#lib/embedded/postgres.ts";
import { writeSamples } from "#lib/samples/write.ts";
import { collectQueries } from "#lib/signals/queries/collect.ts";
import type { Observation } from "#lib/signals/queries/observation.ts";
import { saveQueries } from "#lib/signals/queries/store/save.ts";
import { newCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { PostgresConnection } from "#lib/sources/postgres/connect.ts";

/** A PostgreSQL of the test's own: resets, restarts and evictions would disturb tests that share one. */
export async function startTarget(settings: Record<string, string | number> = {}) {
  const dir = mkdtempSync(join(inject("serversDir"), "target-"));
  const options = {
    dir,
    port: 20_000 + Math.floor(Math.random() * 9_000),
    database: "shop",
    extensions: ["pg_stat_statements"],
    settings: {
      fsync: "off",
      track_io_timing: "on",
      "pg_stat_statements.track": "all",
      ...settings,
    },
  };
  return { start: () => startPostgres(options) };
}

/** What the application of the monitored system does, and how often it did it. */
export class Application {
  /** By the statement's width: pg_stat_statements tells statements apart by structure, not by names or values. */
  readonly ran = new Map<number, number>();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends `select 7, 7, …` with that many columns. */
  async select(width: number, times = 1): Promise<void> {
    await this.send(`select ${Array(width).fill("7").join(", ")}`, times);
    this.ran.set(width, (this.ran.get(width) ?? 0) + times);
  }

  async send(text: string, times = 1): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    try {
      for (let time = 0; time < times; time++) await client.query(text);
    } finally {
      await client.end();
    }
  }
}

/** A row in `source` and an open connection, as the worker would have them. */
export async function openTarget(name: string, url: string): Promise<OpenSource<"postgres">> {
  const { rows } = await sql.query<{ id: string }>(
    `INSERT INTO source (id, name, kind, interval_ms) VALUES (gen_random_uuid(), $1, 'postgres', 10000)
     ON CONFLICT (name) DO UPDATE SET kind = 'postgres' RETURNING id`,
    [name],
  );
  const cost = newCost();
  return {
    id: rows[0]!.id,
    name,
    kind: "postgres",
    labels: {},
    intervalMs: 10_000,
    serverVersion: "18.4",
    capabilities: new Set(),
    conn: new PostgresConnection(url, cost),
    cost,
  } as unknown as OpenSource<"postgres">;
}

export const observe = async (
  source: OpenSource<"postgres">,
  now = new Date(),
): Promise<Observation> =>
  (await collectQueries({ source, now, abort: new AbortController().signal })).rows[0]!;

/** Stores an observation as the worker does: everything in one transaction. */
export async function store(
  source: OpenSource<"postgres">,
  observation: Observation,
  now = new Date(),
): Promise<void> {
  await transaction(async (tx) => {
    const samples = await saveQueries({ tx, source, now }, [observation]);
    await writeSamples(tx, source.id, "queries", now, samples);
  });
}

export async function collectOnce(
  source: OpenSource<"postgres">,
  now = new Date(),
): Promise<Observation> {
  const observation = await observe(source, now);
  await store(source, observation, now);
  return observation;
}

/** Calls booked since the beginning for the application's top-level selects, by their width. */
export async function bookedCalls(sourceId: string): Promise<Map<number, number>> {
  const { rows } = await sql.query<{ text: string; calls: number }>(
    `SELECT s.text, sum(d.calls) AS calls FROM queries_delta d JOIN queries_statement s ON s.id = d.statement_id
     WHERE s.source_id = $1 AND s.role = 'shop' AND s.toplevel AND s.text ~ '^select (\\$\\d+(, )?)+$' GROUP BY s.text`,
    [sourceId],
  );
  return new Map(rows.map(({ text, calls }) => [text.split(",").length, calls]));
}
