import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { closePool, sql } from "#lib/db/sql.ts";
import { cachedMetrics } from "#lib/metrics/cached.ts";
import { increment, observe } from "#lib/metrics/counters.ts";
import type { MetricFamily } from "#lib/metrics/define.ts";
import { COLLECT_SECONDS_BUCKETS, PLATFORM_FAMILIES } from "#lib/metrics/platform.ts";
import { startMetricsServer } from "#lib/metrics/server.ts";
import { MAX_SERIES, takeSnapshot } from "#lib/metrics/snapshot.ts";
import { createDatabase, type TestDatabase } from "#tests/support/postgres.ts";

let database: TestDatabase;
const now = new Date();
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);

beforeAll(async () => {
  database = await createDatabase();
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    REDIS_URL: "redis://127.0.0.1:1",
    PLUMBLINE_SECRET: "x".repeat(32),
  });
  await addSource("fresh", 10_000, ago(5), null);
  await addSource("late", 10_000, ago(25), null);
  await addSource("failing", 10_000, ago(5), ago(1));
});

afterAll(async () => {
  await closePool();
  await database.drop();
});

async function addSource(
  name: string,
  intervalMs: number,
  lastSuccess: Date,
  blindSince: Date | null,
): Promise<void> {
  await sql.query(
    `WITH s AS (INSERT INTO source (id, name, kind, interval_ms) VALUES (gen_random_uuid(), $1, 'postgres', $2) RETURNING id)
     INSERT INTO collection (source_id, signal, interval_ms, last_attempt_at, last_success_at, blind_since) SELECT id, 'queries', $2, $3, $3, $4 FROM s`,
    [name, intervalMs, lastSuccess, blindSince],
  );
}

const snapshotText = async (
  families: readonly MetricFamily[] = PLATFORM_FAMILIES,
): Promise<string> => (await takeSnapshot(families, now)).text;

describe("the snapshot", () => {
  test("a source is up only while its newest collection is good and younger than two intervals", async () => {
    const text = await snapshotText();
    expect(text).toContain('plumbline_source_up{source="fresh",kind="postgres"} 1');
    expect(text).toContain('plumbline_source_up{source="late",kind="postgres"} 0');
    expect(text).toContain('plumbline_source_up{source="failing",kind="postgres"} 0');
  });

  test("durable histograms and counters come out complete and cumulative", async () => {
    for (const seconds of [0.004, 0.3, 60])
      await observe(
        sql,
        "plumbline_source_collect_duration_seconds",
        { source: "fresh", signal: "queries" },
        COLLECT_SECONDS_BUCKETS,
        seconds,
      );
    await increment(sql, "plumbline_source_errors_total", { source: "failing", reason: "timeout" });
    await increment(
      sql,
      "plumbline_source_errors_total",
      { source: "failing", reason: "timeout" },
      2,
    );
    const text = await snapshotText();
    expect(text).toMatch(/collect_duration_seconds_bucket\{[^}]*le="0.01"[^}]*\} 1\n/);
    expect(text).toMatch(/collect_duration_seconds_bucket\{[^}]*le="0.5"[^}]*\} 2\n/);
    expect(text).toMatch(/collect_duration_seconds_bucket\{[^}]*le="\+Inf"[^}]*\} 3\n/);
    expect(text).toMatch(/collect_duration_seconds_count\{[^}]*\} 3\n/);
    expect(text).toContain('plumbline_source_errors_total{reason="timeout",source="failing"} 3');
  });

  test("is clean for promtool", async () => {
    const cached = cachedMetrics(PLATFORM_FAMILIES, () => {});
    expect(
      execFileSync("promtool", ["check", "metrics"], {
        input: await cached.text(),
        encoding: "utf8",
      }),
    ).toBe("");
  });

  test("one failing family does not take the others along", async () => {
    const broken: MetricFamily = {
      name: "plumbline_broken",
      help: "x",
      type: "gauge",
      labels: [],
      read: () => Promise.reject(new Error("no")),
    };
    const snapshot = await takeSnapshot([broken, ...PLATFORM_FAMILIES], now);
    expect(snapshot.failed.map(({ name }) => name)).toEqual(["plumbline_broken"]);
    expect(snapshot.text).toContain("plumbline_build_info");
  });

  test("no family may use more than half of the room, and what is dropped is counted", async () => {
    const wide: MetricFamily = {
      name: "plumbline_wide",
      help: "x",
      type: "gauge",
      labels: ["n"],
      read: async () =>
        Array.from({ length: 5_000 }, (_, n) => ({ labels: { n: String(n) }, value: n })),
    };
    const snapshot = await takeSnapshot([wide, ...PLATFORM_FAMILIES], now);
    expect(snapshot.dropped).toBe(5_000 - MAX_SERIES / 2);
    expect(snapshot.text).toContain("plumbline_build_info");
    expect(await cachedMetrics([wide], () => {}).text()).toContain(
      `plumbline_metrics_dropped_series_total ${5_000 - MAX_SERIES / 2}`,
    );
  });
});

describe("the server", () => {
  const servers: Server[] = [];
  afterAll(() => servers.forEach((server) => server.close()));

  async function serve(families: readonly MetricFamily[], tokenFile?: string): Promise<string> {
    const server = await startMetricsServer(
      cachedMetrics(families, () => {}),
      { host: "127.0.0.1", port: 0, ...(tokenFile ? { tokenFile } : {}) },
    );
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test("answers from the last snapshot while the next one hangs", async () => {
    let reads = 0;
    const hanging: MetricFamily = {
      name: "plumbline_x",
      help: "x",
      type: "gauge",
      labels: [],
      read: () =>
        ++reads === 1 ? Promise.resolve([{ labels: {}, value: 7 }]) : new Promise(() => {}),
    };
    const cached = cachedMetrics([hanging], () => {});
    const first = await cached.text();
    const realNow = Date.now;
    Date.now = () => realNow() + 60_000;
    try {
      // The second call starts a refresh that never ends; it and all later ones still answer.
      for (let call = 0; call < 3; call++) expect(await cached.text()).toBe(first);
    } finally {
      Date.now = realNow;
    }
    expect(reads).toBe(2);
  });

  test("asks for its token, serves nothing else, and takes no target", async () => {
    const file = join(mkdtempSync(join(inject("serversDir"), "metrics-")), "token");
    writeFileSync(file, "let-me-scrape\n");
    const url = await serve(PLATFORM_FAMILIES, file);
    const status = async (path: string, headers = {}): Promise<number> =>
      (await fetch(url + path, { headers })).status;
    expect(await status("/metrics")).toBe(401);
    expect(await status("/metrics", { authorization: "Bearer wrong" })).toBe(401);
    expect(await status("/metrics", { authorization: "Bearer let-me-scrape" })).toBe(200);
    expect(await status("/", { authorization: "Bearer let-me-scrape" })).toBe(404);
    const withTarget = await fetch(`${url}/metrics?target=redis://10.0.0.1`, {
      headers: { authorization: "Bearer let-me-scrape" },
    });
    expect(await withTarget.text()).not.toContain("10.0.0.1");
  });

  test("refuses to be open to the network", async () => {
    const attempt = startMetricsServer(
      cachedMetrics([], () => {}),
      { host: "0.0.0.0", port: 0 },
    );
    await expect(attempt).rejects.toMatchObject({ code: "unavailable" });
  });
});
