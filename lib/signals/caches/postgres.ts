import type { PostgresConnection } from "#lib/sources/postgres/connect.ts";
import { quoteName } from "#lib/sources/postgres/queries.ts";
import type { CacheKind } from "./schema.ts";
import type { ObservedCache, Observation } from "./observed.ts";

const MAX_DATABASES = 50;
/** The busiest ones carry the load; each costs a handful of series. */
const MAX_RELATIONS = 200;

/** What the other readings of one server need to know about it. */
export interface ServerReading {
  database: string;
  /** Differs after a restart. */
  startedAt: string;
  /** Of the connected database; its tables and indexes are reset with it. */
  statsReset: string | null;
  timed: boolean;
  blockBytes: number;
}

interface Read {
  observation: Observation;
  /** More than the limit are there. */
  cut: string | null;
}

interface Counted {
  hits: number;
  misses: number;
}

/** One row whatever it finds, so that the moment is known; JSON turns bigints into plain numbers. */
const asOneRow = (rows: string, more = ""): string => `
select (extract(epoch from clock_timestamp()) * 1000)::float8 as "takenAt"${more},
  (select coalesce(json_agg(c), '[]') from (${rows}) c) as caches`;

const DATABASES = asOneRow(
  `select d.datname as name, d.datid as oid, d.blks_hit as hits, d.blks_read as misses, d.blk_read_time as "readMs",
     d.stats_reset as "statsReset"
   from pg_stat_database d join pg_database p on p.oid = d.datid and p.datallowconn and not p.datistemplate
   order by d.datname = current_database() desc, d.blks_hit + d.blks_read desc limit ${MAX_DATABASES + 1}`,
  `, current_database()::text as database, pg_postmaster_start_time()::text as "startedAt",
   current_setting('track_io_timing') = 'on' as timed, current_setting('block_size')::int as "blockBytes"`,
);

interface DatabaseRow extends Counted {
  name: string;
  oid: number;
  readMs: number;
  statsReset: string | null;
}

export async function readDatabases(
  conn: PostgresConnection,
): Promise<Read & { server: ServerReading }> {
  type Answer = Omit<ServerReading, "statsReset"> & { takenAt: number; caches: DatabaseRow[] };
  const [answer] = (await conn.query<Answer>(DATABASES)) as [Answer];
  const { database, startedAt, timed, blockBytes } = answer;
  const statsReset = answer.caches.find(({ name }) => name === database)?.statsReset ?? null;
  const caches = answer.caches.slice(0, MAX_DATABASES).map((row): ObservedCache => ({
    key: databaseKey(row.name),
    name: row.name,
    parent: null,
    main: row.name === database,
    epoch: `${startedAt} ${row.oid} ${row.statsReset}`,
    counters: countersOf(row, timed ? row.readMs : null),
    levels: {},
    facts: { untimedBecause: timed ? null : TIMING_OFF, blockBytes, redis: null },
  }));
  return {
    ...readOf("database", answer, caches, MAX_DATABASES),
    server: { database, startedAt, statsReset, timed, blockBytes },
  };
}

const TABLES = asOneRow(
  `select schemaname as schema, relname as name, relid as oid,
     coalesce(heap_blks_hit, 0) + coalesce(idx_blks_hit, 0) + coalesce(toast_blks_hit, 0) + coalesce(tidx_blks_hit, 0) as hits,
     coalesce(heap_blks_read, 0) + coalesce(idx_blks_read, 0) + coalesce(toast_blks_read, 0) + coalesce(tidx_blks_read, 0) as misses
   from pg_statio_user_tables order by 4 + 5 desc, relid limit ${MAX_RELATIONS + 1}`,
);

const INDEXES = asOneRow(
  `select schemaname as schema, indexrelname as name, relname as table, indexrelid as oid,
     coalesce(idx_blks_hit, 0) as hits, coalesce(idx_blks_read, 0) as misses
   from pg_statio_user_indexes order by 5 + 6 desc, indexrelid limit ${MAX_RELATIONS + 1}`,
);

interface RelationRow extends Counted {
  schema: string;
  name: string;
  oid: number;
  /** Only of an index. */
  table?: string;
}

export const readTables = (conn: PostgresConnection, server: ServerReading): Promise<Read> =>
  readRelations(conn, server, "table");

export const readIndexes = (conn: PostgresConnection, server: ServerReading): Promise<Read> =>
  readRelations(conn, server, "index");

async function readRelations(
  conn: PostgresConnection,
  { database, startedAt, statsReset, blockBytes }: ServerReading,
  kind: "table" | "index",
): Promise<Read> {
  type Answer = { takenAt: number; caches: RelationRow[] };
  const [answer] = (await conn.query<Answer>(kind === "table" ? TABLES : INDEXES)) as [Answer];
  const caches = answer.caches.slice(0, MAX_RELATIONS).map((row): ObservedCache => {
    const { schema, name, table, oid } = row;
    return {
      key: relationKey(kind, schema, name),
      name: schema === "public" ? name : `${schema}.${name}`,
      parent: table ? relationKey("table", schema, table) : databaseKey(database),
      main: false,
      epoch: `${startedAt} ${statsReset} ${oid}`,
      counters: countersOf(row, null),
      levels: {},
      facts: { untimedBecause: NOT_PER_RELATION, blockBytes, redis: null },
    };
  });
  return readOf(kind, answer, caches, MAX_RELATIONS);
}

/** Counts of `pg_stat_io` in blocks: until 17 each read is one block, from 18 on one read may bring many. */
const ioContexts = (present: ReadonlySet<string>): string => {
  const bytes = present.has("read_bytes") ? "read_bytes" : "reads * op_bytes";
  return asOneRow(
    `select backend_type as backend, context, coalesce(sum(hits), 0) as hits,
       coalesce(sum(${bytes}), 0) / current_setting('block_size')::int as misses, coalesce(sum(read_time), 0) as "readMs",
       coalesce(sum(evictions), 0) as evicted, max(stats_reset) as "statsReset"
     from pg_stat_io where object = 'relation' group by 1, 2 having sum(coalesce(hits, 0) + coalesce(reads, 0)) > 0`,
  );
};

interface IoRow extends Counted {
  backend: string;
  context: string;
  readMs: number;
  evicted: number;
  statsReset: string | null;
}

/** What each kind of process did in each I/O context; null before PostgreSQL 16, which does not count it. */
export async function readIo(
  conn: PostgresConnection,
  { startedAt, timed, blockBytes }: ServerReading,
): Promise<Read | null> {
  const present = await conn.columns("pg_stat_io");
  if (present.size === 0) return null;
  type Answer = { takenAt: number; caches: IoRow[] };
  const [answer] = (await conn.query<Answer>(ioContexts(present))) as [Answer];
  const caches = answer.caches.map((row): ObservedCache => ({
    key: `io:${row.backend}:${row.context}`,
    name: `${row.backend}, ${row.context}`,
    parent: null,
    main: false,
    epoch: `${startedAt} ${row.statsReset}`,
    counters: { ...countersOf(row, timed ? row.readMs : null), evicted: row.evicted },
    levels: {},
    facts: { untimedBecause: timed ? null : TIMING_OFF, blockBytes, redis: null },
  }));
  return readOf("io", answer, caches, Infinity);
}

const TIMING_OFF = "track_io_timing is off.";
const NOT_PER_RELATION = "PostgreSQL times reads by database, not by table or index.";

const databaseKey = (name: string): string => `database:${name}`;
const relationKey = (kind: "table" | "index", schema: string, name: string): string =>
  `${kind}:${quoteName(schema)}.${quoteName(name)}`;

function countersOf({ hits, misses }: Counted, readMs: number | null): ObservedCache["counters"] {
  return readMs === null ? { hits, misses } : { hits, misses, read_ms: readMs };
}

function readOf(
  kind: CacheKind,
  { takenAt, caches: found }: { takenAt: number; caches: readonly unknown[] },
  caches: ObservedCache[],
  limit: number,
): Read {
  const plural = kind === "index" ? "indexes" : `${kind}s`;
  const cut = found.length > limit ? `Only the ${limit} busiest ${plural} are watched.` : null;
  return { observation: { kind, takenAt, caches }, cut };
}
