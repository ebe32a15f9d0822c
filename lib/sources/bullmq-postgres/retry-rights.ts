import { type BullmqPostgresConnection, inSchema } from "./connect.ts";

/** What BullMQ's `reprocess_job` changes of a job and of its flow. The payload is not among it. */
const UPDATED = {
  job: [
    "state",
    "seq",
    "process_at_ms",
    "processed_at_ms",
    "finished_at_ms",
    "return_value",
    "failed_reason",
    "stacktrace",
    "attempts_made",
    "attempts_started",
    "pending_deps",
  ],
  job_dependency: ["status", "value"],
} as const;

const RIGHTS = `
select coalesce(
  (select bool_and(has_column_privilege(c.oid, a.attnum, 'update'))
   from unnest($2::text[], $3::text[]) as updated (relation, field)
   join pg_class c on c.relnamespace = n.oid and c.relname = updated.relation
   join pg_attribute a on a.attrelid = c.oid and a.attname = updated.field and a.attnum > 0)
  and (select has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'delete')
       from pg_class c where c.relnamespace = n.oid and c.relname = 'event')
  and (select bool_and(has_sequence_privilege(c.oid, 'usage'))
       from pg_class c where c.relnamespace = n.oid and c.relname in ('job_seq', 'event_seq') and c.relkind = 'S'),
  false
) as allowed
from pg_namespace n where n.nspname = $1`;

/** Whether this role may retry failed jobs in a schema. */
export async function mayRetry(conn: BullmqPostgresConnection, schema: string): Promise<boolean> {
  const fields = Object.entries(UPDATED).flatMap(([table, names]) =>
    names.map((field) => [table, field] as const),
  );
  const [row] = await conn.query<{ allowed: boolean }>(RIGHTS, [
    schema,
    fields.map(([table]) => table),
    fields.map(([, field]) => field),
  ]);
  return row?.allowed ?? false;
}

/** What a role that may read these schemas needs to retry in them. Events are trimmed by whoever writes one. */
export function retryGrants(schemas: readonly string[], role: string): string {
  return schemas
    .map((schema) => {
      const updates = Object.entries(UPDATED).map(
        ([table, fields]) =>
          `GRANT UPDATE (${fields.join(", ")}) ON ${inSchema(schema, table)} TO ${role};`,
      );
      const sequences = `${inSchema(schema, "job_seq")}, ${inSchema(schema, "event_seq")}`;
      return `${updates.join(" ")} GRANT INSERT, DELETE ON ${inSchema(schema, "event")} TO ${role}; GRANT USAGE ON SEQUENCE ${sequences} TO ${role};`;
    })
    .join(" ");
}
