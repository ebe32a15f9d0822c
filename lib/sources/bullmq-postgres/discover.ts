import type { QueueRef } from "../bullmq/queries.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { findSchemas, type QueueSchema } from "./schemas.ts";

/** More queues than this in one schema are cut off: it bounds the walk, which costs one index look per queue. */
const MAX_QUEUES = 2_000;

/** Jumps from queue to queue in the primary keys, so that the number of jobs does not matter. */
const QUEUES = (schema: string): string => `
with recursive named as (
  select min(queue) as queue from ${inSchema(schema, "meta")}
  union all
  select (select min(m.queue) from ${inSchema(schema, "meta")} m where m.queue > named.queue)
  from named where named.queue is not null
), filled as (
  select min(queue) as queue from ${inSchema(schema, "job")}
  union all
  select (select min(j.queue) from ${inSchema(schema, "job")} j where j.queue > filled.queue)
  from filled where filled.queue is not null
)
select queue as name from (
  (select queue from named limit $1) union (select queue from filled limit $1)
) as every where queue is not null order by 1 limit $1`;

/** The schemas this source watches. */
export async function watchedSchemas(conn: BullmqPostgresConnection): Promise<QueueSchema[]> {
  const found = await findSchemas(conn);
  return found.filter(({ name }) => conn.schemas === null || conn.schemas.includes(name));
}

/** Every queue of a schema: those that left their settings, and those that only have jobs. A queue's prefix is its schema. */
export async function queuesOf(
  conn: BullmqPostgresConnection,
  schema: string,
): Promise<QueueRef[]> {
  const rows = await conn.query<{ name: string }>(QUEUES(schema), [MAX_QUEUES]);
  return rows.map(({ name }) => ({ prefix: schema, name }));
}
