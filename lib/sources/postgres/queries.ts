import type { PostgresConnection } from "./connect.ts";

/** What any role may learn about the server and its own session, in one statement. Works from PostgreSQL 13 on. */
export interface ServerFacts {
  version: string;
  versionNum: number;
  role: string;
  database: string;
  replica: boolean;
  superuser: boolean;
  inherits: boolean;
  tls: boolean;
  monitor: boolean;
  readAllStats: boolean;
  readAllSettings: boolean;
  tablesReadable: boolean;
  sessionReadOnly: boolean;
  sessionStatementTimeout: string;
  sessionLockTimeout: string;
  trackIoTiming: boolean;
  /** `auto`, `on`, `off`, `regress` or an extension's; null where the setting does not exist. */
  computeQueryId: string | null;
  /** The setting exists only while the library is loaded. */
  statementsPreloaded: boolean;
}

const SERVER_FACTS = `
select current_setting('server_version') as "version",
       current_setting('server_version_num')::int as "versionNum",
       current_user::text as "role",
       current_database()::text as "database",
       pg_is_in_recovery() as "replica",
       r.rolsuper as "superuser",
       r.rolinherit as "inherits",
       coalesce((select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()), false) as "tls",
       pg_has_role(r.oid, 'pg_monitor', 'usage') as "monitor",
       pg_has_role(r.oid, 'pg_read_all_stats', 'usage') as "readAllStats",
       pg_has_role(r.oid, 'pg_read_all_settings', 'usage') as "readAllSettings",
       not exists (
         select from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
           and not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'))
       ) as "tablesReadable",
       current_setting('default_transaction_read_only') = 'on' as "sessionReadOnly",
       current_setting('statement_timeout') as "sessionStatementTimeout",
       current_setting('lock_timeout') as "sessionLockTimeout",
       current_setting('track_io_timing') = 'on' as "trackIoTiming",
       current_setting('compute_query_id', true) as "computeQueryId",
       exists (select from pg_settings where name = 'pg_stat_statements.max') as "statementsPreloaded"
from pg_roles r
where r.rolname = current_user`;

export async function readServerFacts(conn: PostgresConnection): Promise<ServerFacts> {
  const [facts] = await conn.query<ServerFacts>(SERVER_FACTS);
  if (!facts) throw new Error("the role of this session is not in pg_roles");
  return facts;
}

/** The libraries loaded at server start; needs pg_read_all_settings. */
export async function readPreloadLibraries(conn: PostgresConnection): Promise<string[]> {
  const rows = await conn.query<{ name: string }>(
    `select btrim(name, ' "') as name from regexp_split_to_table(current_setting('shared_preload_libraries'), ',') as name where name <> ''`,
  );
  return rows.map((row) => row.name);
}

/** `quote_ident` for names that reach a person as SQL to copy. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
