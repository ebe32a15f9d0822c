import { increment } from "#lib/metrics/counters.ts";
import { MINUTE, SECOND } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { Sample } from "#lib/samples/types.ts";
import type { SaveContext } from "#lib/signals/define.ts";
import { type Increase, increaseOf } from "./delta.ts";
import { cacheLabel, EVICTIONS_TOTAL, EXPOSED_KINDS, LOOKUPS_TOTAL } from "./metric-names.ts";
import { type Collection, type Observation, type ObservedCache, RESET_MARKS } from "./observed.ts";
import { claimGeneration } from "./state.ts";
import { type StoredCache, toStored } from "./stored.ts";

/** An increase over a longer time belongs to no window: when it happened within that time is not known. */
const MAX_SPREAD_MS = 5 * MINUTE;
const MAX_SPREAD_INTERVALS = 3;

/**
 * Stores what was counted since the newest stored collection. When another worker stored one since this one began it is
 * dropped whole: counters only grow, so the next collection brings it all.
 */
export async function save(context: SaveContext, rows: Collection[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const collection of rows) {
    if (await claimGeneration(context.tx, context.source.id, collection)) {
      samples.push(...(await saveCollection(context, collection)));
    }
  }
  return samples;
}

async function saveCollection(context: SaveContext, collection: Collection): Promise<Sample[]> {
  const { tx, source } = context;
  const before = await loadCaches(tx, source.id);
  const spreadMs = await longestSpread(tx, source.id);
  const samples: Sample[] = [];
  for (const observation of collection.observations) {
    const compared = observation.caches.map((cache): Compared => {
      const mark = { ...cache, takenAt: observation.takenAt };
      return { cache, increase: increaseOf(before.get(cache.key), mark) };
    });
    await saveEntities(context, observation, compared);
    await count(context, observation, compared);
    samples.push(...samplesOf(observation, compared, spreadMs / SECOND));
  }
  return samples;
}

interface Compared {
  cache: ObservedCache;
  increase: Increase | null;
}

/** The caches of a source by key. After `claimGeneration` nobody else changes them before this transaction ends. */
async function loadCaches(tx: Sql, sourceId: string): Promise<Map<string, StoredCache>> {
  const { rows } = await tx.query<{ key: string; data: StoredCache }>(
    "SELECT key, data FROM entity WHERE source_id = $1 AND signal = 'caches'",
    [sourceId],
  );
  return new Map(rows.map(({ key, data }) => [key, data]));
}

async function longestSpread(tx: Sql, sourceId: string): Promise<number> {
  const { rows } = await tx.query<{ intervalMs: number }>(
    `SELECT interval_ms AS "intervalMs" FROM collection WHERE source_id = $1 AND signal = 'caches'`,
    [sourceId],
  );
  return Math.max(MAX_SPREAD_MS, MAX_SPREAD_INTERVALS * (rows[0]?.intervalMs ?? 0));
}

/** What is no longer there, or no longer among the busiest, goes; its samples stay. */
async function saveEntities(
  { tx, source, now }: SaveContext,
  { kind, takenAt }: Observation,
  compared: readonly Compared[],
): Promise<void> {
  const keys = compared.map(({ cache }) => cache.key);
  const data = compared.map(({ cache }) => JSON.stringify(toStored(kind, cache, takenAt)));
  await tx.query(
    "DELETE FROM entity WHERE source_id = $1 AND signal = 'caches' AND data ->> 'kind' = $2 AND key <> ALL($3)",
    [source.id, kind, keys],
  );
  await tx.query(
    `INSERT INTO entity (source_id, signal, key, data, observed_at)
     SELECT $1::uuid, 'caches', given.key, given.data, $4 FROM unnest($2::text[], $3::jsonb[]) AS given(key, data)
     ON CONFLICT (source_id, signal, key) DO UPDATE SET data = EXCLUDED.data, observed_at = EXCLUDED.observed_at`,
    [source.id, keys, data, now],
  );
}

/** For Prometheus: in the transaction of the observation, so that nothing is counted twice. */
async function count(
  { tx, source }: SaveContext,
  { kind }: Observation,
  compared: readonly Compared[],
): Promise<void> {
  if (!EXPOSED_KINDS.includes(kind)) return;
  for (const { cache, increase } of compared) {
    const labels = { source: source.name, cache: cacheLabel({ kind, name: cache.name }) };
    const { hits, misses, evicted } = increase?.counters ?? {};
    if (hits) await increment(tx, LOOKUPS_TOTAL, { ...labels, result: "hit" }, hits);
    if (misses) await increment(tx, LOOKUPS_TOTAL, { ...labels, result: "miss" }, misses);
    if (evicted) await increment(tx, EVICTIONS_TOTAL, labels, evicted);
  }
}

/**
 * Only what is not 0 is written. The `seconds` of a kind tell when it was counted, and `uncounted_s` of one cache which of
 * them were not counted for it: in all others a missing sample is no traffic.
 */
function samplesOf(
  { kind }: Observation,
  compared: readonly Compared[],
  maxSeconds: number,
): Sample[] {
  const isCounted = ({ increase }: Compared) => increase !== null && increase.seconds <= maxSeconds;
  const seconds = Math.max(
    0,
    ...compared.filter(isCounted).map(({ increase }) => increase?.seconds ?? 0),
  );
  const samples = compared.flatMap((each): Sample[] => {
    const increases = isCounted(each)
      ? withTimedReads(each.increase?.counters ?? {})
      : { uncounted_s: seconds };
    const positive = Object.entries(increases).filter(
      ([metric, value]) => value > 0 && !RESET_MARKS.has(metric),
    );
    const { key: entity, levels } = each.cache;
    return [...positive, ...Object.entries(levels)].map(([metric, value]) => ({
      entity,
      metric,
      value,
    }));
  });
  return seconds > 0 ? [{ entity: kind, metric: "seconds", value: seconds }, ...samples] : samples;
}

/** The reads that `read_ms` is the time of: while reads are not timed, they must not make the others look fast. */
function withTimedReads(increases: Increase["counters"]): Increase["counters"] {
  const { misses, read_ms: readMs } = increases;
  return readMs === undefined || misses === undefined
    ? increases
    : { ...increases, timed_misses: misses };
}
