import { randomUUID } from "node:crypto";
import { systemActor } from "#lib/auth/actor.ts";
import { sql } from "#lib/db/sql.ts";
import { collect } from "#lib/signals/caches/collect.ts";
import type { Collection } from "#lib/signals/caches/observed.ts";
import type { CacheDetail, CacheList, CachePoint, CacheRow } from "#lib/signals/caches/schema.ts";
import { caches } from "#lib/signals/caches/signal.ts";
import { type CostMeter, measureCost, newCost } from "#lib/sources/cost.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { PostgresConnection } from "#lib/sources/postgres/connect.ts";
import { RedisConnection } from "#lib/sources/redis/connect.ts";
import { recordSuccess } from "#workers/collection.ts";

export type CacheSource = OpenSource<"postgres"> | OpenSource<"redis">;

/** A row in `source` and an open connection, as the worker would have them. */
export async function openTarget(url: string, name?: string): Promise<CacheSource> {
  const id = randomUUID();
  const kind = url.startsWith("redis") ? "redis" : "postgres";
  const cost = newCost();
  const source = {
    id,
    name: name ?? `${kind}-${id.slice(0, 8)}`,
    labels: { service: "shop" },
    intervalMs: 10_000,
    serverVersion: null,
    capabilities: new Set<string>(),
    probe: { serverVersion: null, capabilities: [], facts: {}, refusal: null },
    cost,
  };
  await sql.query(
    "INSERT INTO source (id, name, kind, interval_ms, labels) VALUES ($1, $2, $3, 10000, $4)",
    [id, source.name, kind, JSON.stringify(source.labels)],
  );
  return kind === "redis"
    ? { ...source, kind, conn: new RedisConnection(url, cost) }
    : { ...source, kind, conn: new PostgresConnection(url, cost) };
}

export interface Collected {
  collection: Collection;
  unread: string[];
  cost: CostMeter;
}

export async function look(source: CacheSource, now = new Date()): Promise<Collected> {
  const abort = AbortSignal.timeout(10_000);
  const { value, cost } = await measureCost(() => collect({ source, now, abort }));
  return { collection: value.rows[0]!, unread: value.unread, cost };
}

/** Stores a collection as the worker does: rows, samples, problems and freshness in one transaction. */
export async function store(
  source: Pick<CacheSource, "id" | "name" | "kind">,
  { collection, unread, cost }: Collected,
  now = new Date(),
): Promise<void> {
  const { id, name, kind } = source;
  const about = { signal: caches, source: { id, name, kind, labels: {} }, everyMs: 10_000, now };
  await recordSuccess(about, { rows: [collection] as never[], unread }, cost);
}

export async function collectOnce(source: CacheSource, now = new Date()): Promise<Collected> {
  const collected = await look(source, now);
  await store(source, collected, now);
  return collected;
}

const context = () => ({ actor: systemActor("test"), now: new Date() });

export async function list(params: Record<string, unknown>): Promise<CacheList> {
  const { read } = caches;
  const { data } = await read.list.run(context(), read.list.params.parse(params));
  return read.list.data.parse(data) as CacheList;
}

export async function cacheOf(source: { name: string }, key: string): Promise<CacheRow> {
  const { rows } = await list({ source: source.name, limit: 200 });
  const found = rows.find((row) => row.key === key);
  if (!found) throw new Error(`no ${key} among ${rows.map((row) => row.key).join(", ")}`);
  return found;
}

export async function detailOf(
  source: { name: string },
  key: string,
  range = "1h",
): Promise<CacheDetail> {
  const get = caches.read.get!;
  const { data } = await get.run(context(), `${source.name}~${key}`, get.params.parse({ range }));
  return get.data.parse(data) as CacheDetail;
}

export async function historyOf(source: { name: string }, key: string, range = "1h") {
  const series = caches.read.series!;
  const params = series.params.parse({ id: `${source.name}~${key}`, range });
  const { data } = await series.run(context(), params);
  return series.data.parse(data) as { bucketSeconds: number; points: CachePoint[] };
}

/** Every sample ever written for a source: a way to see that nothing was made up. */
export async function samplesOf(
  sourceId: string,
): Promise<{ entity: string; metric: string; value: number; at: Date }[]> {
  const { rows } = await sql.query<{ entity: string; metric: string; value: number; at: Date }>(
    `SELECT s.entity, s.metric, p.value, p.at FROM series s JOIN sample p ON p.series_id = s.id
     WHERE s.source_id = $1 AND s.signal = 'caches' ORDER BY p.at`,
    [sourceId],
  );
  return rows;
}
