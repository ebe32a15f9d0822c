import pg from "pg";
import type { PostgresConnection } from "../postgres/connect.ts";
import { inSchema } from "./connect.ts";

/** A schema of this database that holds BullMQ's tables. */
export interface QueueSchema {
  name: string;
  /** Tables we read and this role may not. */
  unreadable: readonly string[];
}

/** What we read; BullMQ's other tables are its own business. */
const READ_TABLES = [
  "event",
  "job",
  "job_dependency",
  "job_log",
  "meta",
  "metrics",
  "migration",
  "rate_limit",
  "scheduler",
] as const;

/** From the catalogue, which everybody may read: two of BullMQ's own columns and its type tell its tables from namesakes. */
const SCHEMAS = `
select n.nspname::text as name,
       array(
         select c.relname::text from pg_class c
         where c.relnamespace = n.oid and c.relname = any ($1)
           and not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'))
         order by 1
       ) as unreadable
from pg_namespace n
where exists (select from pg_type t where t.typnamespace = n.oid and t.typname = 'job_state' and t.typtype = 'e')
  and exists (select from pg_class c where c.relnamespace = n.oid and c.relname = 'migration')
  and 2 = (
    select count(*) from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = n.oid and c.relname = 'job' and a.attname in ('finished_at_ms', 'lock_token')
  )
order by 1`;

/** The schemas that hold BullMQ's tables, readable or not; needs no rights. */
export const findSchemas = (conn: PostgresConnection): Promise<QueueSchema[]> =>
  conn.query<{ name: string; unreadable: string[] }>(SCHEMAS, [READ_TABLES]);

/** What a role needs to read these schemas: the tables by name, so that it sees nothing else that may live beside them. */
export function readGrants(schemas: readonly string[], role: string): string {
  return schemas
    .map((schema) => {
      const tables = READ_TABLES.map((table) => inSchema(schema, table)).join(", ");
      return `GRANT USAGE ON SCHEMA ${pg.escapeIdentifier(schema)} TO ${role}; GRANT SELECT ON ${tables} TO ${role};`;
    })
    .join(" ");
}
