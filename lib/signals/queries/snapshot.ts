import { SourceError } from "#lib/sources/errors.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { counterColumns } from "./counters.ts";
import { type Entry, type EntryKey, keyOf, type Micros, type Snapshot } from "./delta.ts";

type Connection = OpenSource<"postgres">["conn"];

/** One database of the server: how long its backends were active, by its own counter. */
export interface DatabaseReading {
  name: string;
  /** Null before PostgreSQL 14. */
  activeMs: number | null;
  statsReset: Micros | null;
}

/** What stands around the entries of one look. */
export interface ServerReading {
  /** The one database this connection can plan statements in. */
  connectedDbid: number;
  blockSize: number;
  ioTimed: boolean;
  /** How many entries the server keeps; null when the setting is hidden. */
  capacity: number | null;
  /** Entries of other roles that this role may not see. */
  hidden: number;
  databases: Record<string, DatabaseReading>;
}

export interface Look {
  snapshot: Snapshot;
  server: ServerReading;
}

/** Reads the counters without their texts: the server does not even open its text file. Three statements. */
export async function look(conn: Connection): Promise<Look> {
  const schema = await conn.extensionSchema("pg_stat_statements");
  if (!schema)
    throw new SourceError(
      "refused",
      "pg_stat_statements is not installed in this database: run `plumbline doctor` for the statement that installs it.",
    );
  const columns = await conn.columns(`${schema}.pg_stat_statements`);
  const hasInfo = (await conn.columns(`${schema}.pg_stat_statements_info`)).size > 0;
  // A reset in the middle would mix old and new counters, so one is looked for on both sides.
  for (let attempt = 1; ; attempt++) {
    const start = await readMoment(conn, schema, hasInfo);
    const { entries, hidden } = await readEntries(conn, schema, columns);
    const end = await readServer(conn, schema, hasInfo);
    if (start.statsReset !== end.statsReset && attempt < 3) continue;
    return {
      snapshot: { ...start, complete: hidden === 0, entries },
      server: { ...end.server, hidden },
    };
  }
}

type Moment = Omit<Snapshot, "entries" | "complete">;

/** pg_stat_statements_info exists from version 1.9 of the extension on. */
const infoColumn = (schema: string, hasInfo: boolean, expression: string): string =>
  hasInfo
    ? `(select (${expression})::float8 from ${schema}.pg_stat_statements_info)`
    : "null::float8";
const RESET = "extract(epoch from stats_reset) * 1e6";

async function readMoment(conn: Connection, schema: string, hasInfo: boolean): Promise<Moment> {
  const [row] = await conn.query<Moment>(
    `select (extract(epoch from clock_timestamp()) * 1e6)::float8 as "takenAt",
       (extract(epoch from pg_postmaster_start_time()) * 1e6)::float8 as "startedAt",
       ${infoColumn(schema, hasInfo, RESET)} as "statsReset", ${infoColumn(schema, hasInfo, "dealloc")} as deallocs`,
  );
  return row!;
}

interface EntryRow {
  dbid: number;
  userid: number;
  queryid: bigint;
  toplevel: boolean;
  since: number | null;
  counters: number[];
}

async function readEntries(conn: Connection, schema: string, columns: ReadonlySet<string>) {
  // Without pg_read_all_stats other roles' entries come with no query id: counted apart, not merged.
  const rows = await conn.query<EntryRow>(
    `select dbid::int8::float8 as dbid, userid::int8::float8 as userid, queryid,
       ${columns.has("toplevel") ? "toplevel" : "true as toplevel"},
       ${columns.has("stats_since") ? "(extract(epoch from stats_since) * 1e6)::float8" : "null::float8"} as since,
       array[${counterColumns(columns)}] as counters
     from ${schema}.pg_stat_statements(false)`,
  );
  const visible = rows.filter((row) => row.queryid !== null);
  const entries = new Map<string, Entry>();
  for (const { since, queryid, ...row } of visible) {
    const entry: Entry = { ...row, queryid: String(queryid), statsSince: since };
    entries.set(keyOf(entry), entry);
  }
  return { entries, hidden: rows.length - visible.length };
}

interface ServerRow extends Omit<ServerReading, "databases" | "hidden"> {
  statsReset: number | null;
  databases: (DatabaseReading & { dbid: string })[];
}

async function readServer(conn: Connection, schema: string, hasInfo: boolean) {
  const columns = await conn.columns("pg_stat_database");
  const active = columns.has("active_time") ? "active_time" : "null";
  const [row] = await conn.query<ServerRow>(
    `select (select oid::int8::float8 from pg_database where datname = current_database()) as "connectedDbid",
       current_setting('block_size')::int as "blockSize", current_setting('track_io_timing') = 'on' as "ioTimed",
       current_setting('pg_stat_statements.max', true)::int as capacity,
       ${infoColumn(schema, hasInfo, RESET)} as "statsReset",
       (select json_agg(json_build_object('dbid', datid::text, 'name', datname, 'activeMs', ${active},
          'statsReset', (extract(epoch from stats_reset) * 1e6)::float8)) from pg_stat_database where datid <> 0) as databases`,
  );
  const { statsReset, databases, ...rest } = row!;
  const byId = Object.fromEntries(databases.map(({ dbid, ...one }) => [dbid, one]));
  return { statsReset, server: { ...rest, databases: byId } };
}

export interface StatementText {
  key: string;
  role: string;
  /** Null when the server has lost it. */
  text: string | null;
  truncated: boolean;
}

/** Longer texts are cut on the server: they are lists of values, and nobody reads them. */
const MAX_TEXT = 20_000;

/** Texts and role names of the given entries, and of others with the same query ids. Reads the server's whole text file: ask only for what is not known yet. */
export async function readTexts(
  conn: Connection,
  keys: readonly EntryKey[],
): Promise<StatementText[]> {
  const schema = await conn.extensionSchema("pg_stat_statements");
  const columns = await conn.columns(`${schema}.pg_stat_statements`);
  const toplevel = columns.has("toplevel") ? "toplevel" : "true";
  const rows = await conn.query<{ key: string; role: string; text: string | null; length: number }>(
    `select dbid || '/' || userid || '/' || queryid || '/' || ${toplevel} as key,
       coalesce(pg_get_userbyid(userid)::text, '') as role, left(query, ${MAX_TEXT}) as text, length(query) as length
     from ${schema}.pg_stat_statements(true) where queryid = any($1::int8[])`,
    [[...new Set(keys.map((key) => key.queryid))]],
  );
  return rows.map(({ length, ...row }) => ({ ...row, truncated: length > MAX_TEXT }));
}
