import { type JobOptions, jobOptions } from "../bullmq/job-hash.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { OPTIONS } from "./job-facts.ts";

/** Each queue's newest finished job, the failed one first, for its options; queues without any are left out. */
export async function sampledOptions(
  conn: BullmqPostgresConnection,
  schema: string,
  queues: readonly string[],
): Promise<Map<string, { id: string; name: string; options: JobOptions }>> {
  const newest = (state: string): string =>
    `(select id, name, opts from ${inSchema(schema, "job")} where queue = q.name and state = '${state}' order by finished_at_ms desc limit 1)`;
  const rows = await conn.query<{
    queue: string;
    id: string;
    name: string;
    options: string | null;
  }>(
    `select q.name as queue, j.* from unnest($1::text[]) as q (name)
     cross join lateral (select id, s.name, ${OPTIONS} as options from (${newest("failed")} union all ${newest("completed")}) as s limit 1) as j`,
    [queues],
  );
  return new Map(
    rows.flatMap(({ queue, id, name, options: text }) => {
      const options = jobOptions(text);
      return options ? [[queue, { id, name, options }] as const] : [];
    }),
  );
}
