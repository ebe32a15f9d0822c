import type { Sql } from "#lib/db/sql.ts";
import type { CacheKind, SORTS } from "./schema.ts";
import type { StoredCache } from "./stored.ts";
import { type Resolution, resolutionFor, type Window } from "./window.ts";

/** Which caches; what is left out narrows nothing. */
export interface Selection {
  source?: string | undefined;
  sourceId?: string;
  kinds?: readonly CacheKind[];
  key?: string;
  parent?: string | undefined;
  main?: boolean;
  /** Part of the name. */
  q?: string | undefined;
}

/** A cache with what was counted in a window. */
export interface CountedCache {
  key: string;
  data: StoredCache;
  observedAt: Date;
  sourceId: string;
  source: string;
  labels: Record<string, string>;
  serverVersion: string | null;
  intervalMs: number;
  /** How much of the window was observed; 0 = nobody looked. */
  seconds: number;
  hits: number;
  misses: number;
  /** Null when nothing was timed. */
  readMs: number | null;
  /** The misses that `readMs` is the time of. */
  timedMisses: number | null;
  /** For tables and indexes, which are not timed by themselves: per block, in their database. */
  databaseReadMs: number | null;
  evicted: number;
  expired: number;
  queuePops: number;
}

type Sort = (typeof SORTS)[number];

export interface Order {
  sort: Sort;
  dir: "asc" | "desc";
  after: Position | null;
  limit: number;
}

/** Where a page ends: the last row's sort value, then its source and key, which make it unique. */
export interface Position {
  value: string | number | null;
  source: string;
  key: string;
}

/** What each sort key compares; null (unknown) comes last in both directions. */
const SORT_SQL: Record<Sort, { value: string; type: "float8" | "text" }> = {
  name: { value: "lower(data ->> 'name')", type: "text" },
  source: { value: "source", type: "text" },
  ratio: { value: "hits / nullif(hits + misses, 0)", type: "float8" },
  lookups: { value: "(hits + misses) / nullif(seconds, 0)", type: "float8" },
  misses: { value: "misses / nullif(seconds, 0)", type: "float8" },
  read_time: { value: `"readMs" / nullif("timedMisses", 0)`, type: "float8" },
  evicted: { value: "evicted / nullif(seconds, 0)", type: "float8" },
};

export const sortType = (sort: Sort): "float8" | "text" => SORT_SQL[sort].type;

const METRICS =
  "hits misses read_ms timed_misses evicted expired queue_pops seconds uncounted_s".split(" ");

/**
 * Every selected cache with its sums over the window, as a sub-select over parameters $1 to $10. Only the samples of these
 * caches are read, of their kinds, and of the database that tables and indexes belong to. A cache's time is that in which
 * its kind was counted, without what was not counted of the cache itself.
 */
function counted({ table, value }: Resolution): string {
  const total = (metric: string) =>
    `sum(p.${value}) FILTER (WHERE s.metric = '${metric}') AS ${metric}`;
  return `
  (WITH chosen AS MATERIALIZED (
     SELECT e.source_id, e.key, e.data, e.observed_at, o.name AS source, o.labels, o.server_version, c.interval_ms,
       e.data ->> 'kind' AS kind, d.key AS database
     FROM entity e JOIN source o ON o.id = e.source_id AND o.enabled
     JOIN collection c ON c.source_id = e.source_id AND c.signal = e.signal
     LEFT JOIN entity d ON d.source_id = e.source_id AND d.signal = 'caches' AND d.data ->> 'kind' = 'database'
       AND (d.data ->> 'main')::boolean AND e.data ->> 'kind' IN ('table', 'index')
     WHERE e.signal = 'caches' AND ($4::text IS NULL OR o.name = $4) AND ($5::uuid IS NULL OR o.id = $5)
       AND ($6::text[] IS NULL OR e.data ->> 'kind' = ANY($6)) AND ($7::text IS NULL OR e.key = $7)
       AND ($8::text IS NULL OR e.data ->> 'parent' = $8) AND (NOT $9::boolean OR (e.data ->> 'main')::boolean)
       AND ($10::text IS NULL OR strpos(lower(e.data ->> 'name'), lower($10)) > 0)),
   wanted AS (
     SELECT source_id, key AS entity FROM chosen UNION SELECT source_id, kind FROM chosen
     UNION SELECT source_id, database FROM chosen WHERE database IS NOT NULL),
   sums AS (
     SELECT s.source_id, s.entity, ${METRICS.map(total).join(", ")}
     FROM wanted w JOIN series s ON s.source_id = w.source_id AND s.signal = 'caches' AND s.entity = w.entity
     JOIN ${table} p ON p.series_id = s.id
     WHERE s.metric = ANY($1) AND p.at >= $2 AND p.at < $3
     GROUP BY 1, 2)
   SELECT c.key, c.data, c.observed_at AS "observedAt", c.source_id AS "sourceId", c.source, c.labels,
     c.server_version AS "serverVersion", c.interval_ms AS "intervalMs",
     coalesce(k.seconds, 0) - coalesce(w.uncounted_s, 0) AS seconds, coalesce(w.hits, 0) AS hits,
     coalesce(w.misses, 0) AS misses, w.read_ms AS "readMs", w.timed_misses AS "timedMisses",
     m.read_ms / nullif(m.timed_misses, 0) AS "databaseReadMs", coalesce(w.evicted, 0) AS evicted,
     coalesce(w.expired, 0) AS expired, coalesce(w.queue_pops, 0) AS "queuePops"
   FROM chosen c
   LEFT JOIN sums w ON w.source_id = c.source_id AND w.entity = c.key
   LEFT JOIN sums k ON k.source_id = c.source_id AND k.entity = c.kind
   LEFT JOIN sums m ON m.source_id = c.source_id AND m.entity = c.database) AS counted`;
}

function parameters({ window }: Resolution, selection: Selection): unknown[] {
  const { source, sourceId, kinds, key, parent, main, q } = selection;
  const optional = [source, sourceId, kinds, key, parent].map((value) => value ?? null);
  return [METRICS, window.from, window.to, ...optional, main ?? false, q ?? null];
}

/** All selected caches: for a few at a time. */
export async function selectCaches(
  on: Sql,
  window: Window,
  selection: Selection,
  now: Date,
): Promise<CountedCache[]> {
  const resolution = resolutionFor(window, now, "one");
  const { rows } = await on.query<CountedCache>(
    `SELECT * FROM ${counted(resolution)} ORDER BY source, key`,
    parameters(resolution, selection),
  );
  return rows;
}

export type ListedCache = CountedCache & { sortValue: string | number | null };

/** One page, and one row more when another follows. */
export async function selectPage(
  on: Sql,
  window: Window,
  { selection, order, now }: { selection: Selection; order: Order; now: Date },
): Promise<ListedCache[]> {
  const resolution = resolutionFor(window, now, "many");
  const { value, type } = SORT_SQL[order.sort];
  const { after } = order;
  const values = [...parameters(resolution, selection), order.limit + 1];
  if (after) values.push(after.value, after.source, after.key);
  const { rows } = await on.query<ListedCache>(
    `SELECT * FROM (SELECT *, ${value} AS "sortValue" FROM ${counted(resolution)}) AS sorted
     ${after ? behind(type, order.dir, after) : ""}
     ORDER BY "sortValue" ${order.dir} NULLS LAST, source, key LIMIT $11`,
    values,
  );
  return rows;
}

function behind(type: string, dir: "asc" | "desc", { value }: Position): string {
  const later = "(source, key) > ($13, $14)";
  if (value === null) return `WHERE $12::text IS NULL AND "sortValue" IS NULL AND ${later}`;
  const further = dir === "asc" ? ">" : "<";
  return `WHERE "sortValue" ${further} $12::${type} OR "sortValue" = $12::${type} AND ${later} OR "sortValue" IS NULL`;
}

/** How many there are, without looking at a single sample. */
export async function countCaches(on: Sql, selection: Selection): Promise<number> {
  const { source, kinds, parent, main, q } = selection;
  const { rows } = await on.query<{ total: number }>(
    `SELECT count(*)::int AS total FROM entity e JOIN source o ON o.id = e.source_id AND o.enabled
     JOIN collection c ON c.source_id = e.source_id AND c.signal = e.signal
     WHERE e.signal = 'caches' AND ($1::text IS NULL OR o.name = $1) AND ($2::text[] IS NULL OR e.data ->> 'kind' = ANY($2))
       AND ($3::text IS NULL OR e.data ->> 'parent' = $3) AND (NOT $4::boolean OR (e.data ->> 'main')::boolean)
       AND ($5::text IS NULL OR strpos(lower(e.data ->> 'name'), lower($5)) > 0)`,
    [source ?? null, kinds ?? null, parent ?? null, main ?? false, q ?? null],
  );
  return rows[0]?.total ?? 0;
}
