import type { QueueRef } from "../bullmq/queries.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { timeOf } from "./job-facts.ts";

export interface ScheduledJobs {
  id: string;
  name: string | null;
  pattern: string | null;
  everyMs: number | null;
  timeZone: string | null;
  limit: number | null;
  endAt: Date | null;
  iterations: number;
  next: Date | null;
  /** The state of the job that runs next; null when there is none. */
  nextState: string | null;
  /** The payload of its jobs; null when it is longer than what is shown of it. */
  payload: string | null;
}

/** A longer payload is not fetched for a list. */
const MAX_PAYLOAD = 16 * 1024;

interface SchedulerRow {
  id: string;
  name: string | null;
  pattern: string | null;
  everyMs: number | null;
  timeZone: string | null;
  limit: number | null;
  end: number | null;
  iterations: number;
  next: number | null;
  nextState: string | null;
  payload: string | null;
  total: number;
}

/** A page of a queue's schedulers, the next due first. The job that one makes next is named after it and its time. */
export async function listSchedulers(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ total: number; schedulers: ScheduledJobs[] }> {
  const rows = await conn.query<SchedulerRow>(
    `select s.scheduler_id as id, s.name, s.pattern, s.every_ms::float8 as "everyMs", s.tz as "timeZone", s.limit_count as limit,
       s.end_date_ms::float8 as end, s.iteration_count as iterations, s.next_run_ms::float8 as next, j.state::text as "nextState",
       case when octet_length(s.template_data::text) <= ${MAX_PAYLOAD} then s.template_data::text end as payload,
       (count(*) over ())::int as total
     from ${inSchema(queue.prefix, "scheduler")} s
     left join ${inSchema(queue.prefix, "job")} j on j.queue = s.queue and j.id = 'repeat:' || s.scheduler_id || ':' || s.next_run_ms
     where s.queue = $1 order by s.next_run_ms, s.scheduler_id offset $2 limit $3`,
    [queue.name, offset, limit],
    { lane: "interactive" },
  );
  const schedulers = rows.map(({ end, next, total: _total, ...row }) => ({
    ...row,
    endAt: timeOf(end),
    next: timeOf(next),
  }));
  return { total: rows[0]?.total ?? 0, schedulers };
}
