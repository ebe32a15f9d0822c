import { type BullmqPostgresConnection, inSchema } from "./connect.ts";

/** Delayed jobs looked at per queue, those due soonest. */
export const DELAYED_LOOKED_AT = 5_000;

/** Of the delayed jobs that are due soonest, those with a failed attempt behind them, by queue. */
export async function readTried(
  conn: BullmqPostgresConnection,
  schema: string,
  queues: readonly string[],
): Promise<Map<string, { looked: number; tried: number }>> {
  const rows = await conn.query<{ name: string; looked: number; tried: number }>(
    `select q.name, count(j.attempts_made)::int as looked, (count(*) filter (where j.attempts_made > 0))::int as tried
     from unnest($1::text[]) as q (name) left join lateral (
       select attempts_made from ${inSchema(schema, "job")} where queue = q.name and state = 'delayed'
       order by process_at_ms limit ${DELAYED_LOOKED_AT}
     ) as j on true
     group by q.name`,
    [queues],
  );
  return new Map(rows.map(({ name, ...counts }) => [name, counts]));
}
