import type { QueueRef } from "../bullmq/queries.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { timeOf } from "./job-facts.ts";

/** Delayed jobs in all, those due before `now`, the next due time, and how many come due within each length. Milliseconds. */
export async function countDue(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  now: number,
  lengths: readonly number[],
): Promise<{ total: number; overdue: number; next: Date | null; within: number[] }> {
  const due = lengths.map(
    (_length, at) =>
      `(count(*) filter (where process_at_ms >= $2 and process_at_ms < $2 + $${at + 3}::bigint))::int`,
  );
  const [row] = await conn.query<{
    total: number;
    overdue: number;
    next: number | null;
    within: number[];
  }>(
    `select count(*)::int as total, (count(*) filter (where process_at_ms < $2::bigint))::int as overdue,
       min(process_at_ms)::float8 as next, array[${due.join(", ")}] as within
     from ${inSchema(queue.prefix, "job")} where queue = $1 and state = 'delayed'`,
    [queue.name, now, ...lengths],
    { lane: "interactive" },
  );
  if (!row) throw new Error("an aggregate always has a row");
  return { ...row, next: timeOf(row.next) };
}

/** Jobs looked at in each stretch, those due first. */
const LOOKED_AT = 300;

/** Delayed jobs by stretches of equal length: how many are due in each, and how many of those looked at have failed before. */
export function readDueBuckets(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  starts: readonly number[],
  step: number,
): Promise<{ at: number; total: number; looked: number; tried: number }[]> {
  const job = inSchema(queue.prefix, "job");
  const inside = `queue = $1 and state = 'delayed' and process_at_ms >= b.start and process_at_ms < b.start + $3::bigint`;
  return conn.query<{ at: number; total: number; looked: number; tried: number }>(
    `select b.start::float8 as at, (select count(*) from ${job} where ${inside})::int as total,
       count(s.attempts_made)::int as looked, (count(*) filter (where s.attempts_made > 0))::int as tried
     from unnest($2::bigint[]) as b (start)
     left join lateral (select attempts_made from ${job} where ${inside} order by process_at_ms limit ${LOOKED_AT}) as s on true
     group by b.start order by b.start`,
    [queue.name, starts.map(Math.floor), Math.floor(step)],
    { lane: "interactive" },
  );
}
