import { requireRange } from "#lib/core/range.ts";
import { ratio } from "#lib/core/stats.ts";
import { sql } from "#lib/db/sql.ts";
import { defineReadOne } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { figuresOf, queueSignsOf } from "./figures.ts";
import { noSuchCache, splitCacheId } from "./ids.ts";
import { readNotes } from "./notes.ts";
import { LOOKUPS } from "./redis-commands.ts";
import { toRow } from "./rows.ts";
import { cacheDetailSchema, getParamsSchema, type RedisFacts } from "./schema.ts";
import { type CountedCache, selectCaches } from "./select.ts";
import { resolutionFor, type Window, windowBefore } from "./window.ts";

export const readDetail = defineReadOne({
  params: getParamsSchema,
  data: cacheDetailSchema,
  async run({ now }, id, { range }) {
    const { source, key } = splitCacheId(id);
    const { from, to } = requireRange(range, now);
    const window = { from, to };
    const [[cache], [earlier]] = await Promise.all([
      selectCaches(sql, window, { source, key }, now),
      selectCaches(sql, windowBefore(window), { source, key }, now),
    ]);
    if (!cache || !earlier) throw noSuchCache();
    const data = {
      ...toRow(cache),
      sourceId: cache.sourceId,
      labels: cache.labels,
      serverVersion: cache.serverVersion,
      from: from.toISOString(),
      to: to.toISOString(),
      before: figuresOf(earlier),
      blockBytes: cache.data.facts.blockBytes,
      redis: await redisFacts(cache, window, now),
      notes: await readNotes(source),
      problems: await readProblems(cache),
    };
    return { data, ...(await freshnessOfSignal("caches", source, now)) };
  },
});

async function redisFacts(
  cache: CountedCache,
  window: Window,
  now: Date,
): Promise<RedisFacts | null> {
  const { redis } = cache.data.facts;
  if (!redis) return null;
  const { policy, operationsPerSecond, databases, commandsKnown } = redis;
  return {
    policy,
    operationsPerSecond,
    expiredPerSecond: ratio(cache.expired, cache.seconds),
    databases,
    queueTraffic: queueSignsOf(cache),
    commands: commandsKnown ? await readCommands(cache, window, now) : null,
  };
}

/** Which commands looked keys up: the server counts hits and misses of all of them together. */
async function readCommands(
  { sourceId, key }: CountedCache,
  window: Window,
  now: Date,
): Promise<NonNullable<RedisFacts["commands"]>> {
  const { table, value, window: widened } = resolutionFor(window, now, "one");
  const { rows } = await sql.query<{ metric: string; total: number }>(
    `SELECT s.metric, sum(p.${value}) AS total FROM series s JOIN ${table} p ON p.series_id = s.id
     WHERE s.source_id = $1 AND s.signal = 'caches' AND s.entity = $2 AND s.metric = ANY($3) AND p.at >= $4 AND p.at < $5
     GROUP BY 1`,
    [
      sourceId,
      key,
      LOOKUPS.flatMap((command) => [`calls_${command}`, `usec_${command}`]),
      widened.from,
      widened.to,
    ],
  );
  const totals = new Map(rows.map(({ metric, total }) => [metric, total]));
  return LOOKUPS.flatMap((command) => {
    const calls = totals.get(`calls_${command}`);
    if (!calls) return [];
    return { command, calls, msPerCall: (totals.get(`usec_${command}`) ?? 0) / 1_000 / calls };
  }).toSorted((a, b) => b.calls - a.calls);
}

async function readProblems({ sourceId, key }: CountedCache) {
  const { rows } = await sql.query<{ type: string; severity: string; title: string; since: Date }>(
    `SELECT type, severity, title, since FROM problem
     WHERE source_id = $1 AND signal = 'caches' AND entity = $2 AND closed_at IS NULL ORDER BY since`,
    [sourceId, key],
  );
  return rows.map((row) => ({ ...row, since: row.since.toISOString() }));
}
