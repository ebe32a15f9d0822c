import {
  type JobFacts,
  type JobOptions,
  jobOptions,
  onChildFailure,
  type OnChildFailure,
} from "../bullmq/job-hash.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import type { JobState } from "../bullmq/states.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { FACT_COLUMNS, type FactRow, jobFacts, OPTIONS, timeOf } from "./job-facts.ts";
import { stateOf } from "./states.ts";

/** Everything a job's row holds. Texts are as Postgres writes `jsonb`: numbers keep their digits, keys are in its own order. */
export interface StoredJob {
  state: JobState;
  facts: JobFacts;
  options: JobOptions | null;
  maxAttempts: number;
  dueAt: Date | null;
  /** Null where a text is longer than asked for; `bytes` says how long. */
  payload: { text: string | null; bytes: number };
  result: { text: string | null; bytes: number } | null;
  progress: string | null;
  failedReason: string | null;
  /** A JSON array with one text per failed attempt. */
  stacks: string | null;
  /** In the same schema. */
  parent: { queue: string; id: string } | null;
  /** What this job's failure does to its parent. */
  onFailure: OnChildFailure | null;
  children: { pending: number; completed: number; failed: number } | null;
}

interface JobRow extends FactRow {
  state: string;
  options: string | null;
  maxAttempts: number;
  due: number | null;
  payload: string | null;
  payloadBytes: number;
  result: string | null;
  resultBytes: number | null;
  progress: string | null;
  reason: string | null;
  stacks: string | null;
  parentQueue: string | null;
  parentId: string | null;
  pending: number;
  completed: number;
  failed: number;
}

/** Reads one job with one statement; null when there is none. Longer payloads and texts are not fetched. */
export async function readJobRow(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  id: string,
  limits: { payloadBytes: number; textBytes: number },
): Promise<StoredJob | null> {
  const [row] = await conn.query<JobRow>(
    jobSql(queue.prefix),
    [queue.name, id, limits.payloadBytes, limits.textBytes],
    { lane: "interactive" },
  );
  return row ? decode(row) : null;
}

const jobSql = (schema: string): string => {
  const children = (statuses: string): string =>
    `(select count(*) from ${inSchema(schema, "job_dependency")} d where d.parent_queue = j.queue and d.parent_id = j.id and d.status in (${statuses}))::int`;
  const short = (text: string): string => `case when octet_length(${text}) <= $4 then ${text} end`;
  return `
select state::text as state, ${FACT_COLUMNS}, ${OPTIONS} as options, max_attempts as "maxAttempts",
       case when state = 'delayed' then process_at_ms end::float8 as due,
       case when octet_length(data::text) <= $3 then data::text end as payload, octet_length(data::text) as "payloadBytes",
       case when octet_length(return_value::text) <= $3 then return_value::text end as result,
       octet_length(return_value::text) as "resultBytes", ${short("progress::text")} as progress,
       ${short("failed_reason")} as reason, ${short("stacktrace::text")} as stacks,
       parent_queue as "parentQueue", parent_id as "parentId", ${children("'pending'")} as pending,
       ${children("'processed'")} as completed, ${children("'failed', 'ignored'")} as failed
from ${inSchema(schema, "job")} j where queue = $1 and id = $2`;
};

function decode(row: JobRow): StoredJob {
  const { pending, completed, failed, parentQueue, parentId, resultBytes } = row;
  const children = { pending, completed, failed };
  return {
    state: stateOf(row.state, row.priority),
    facts: jobFacts(row),
    options: jobOptions(row.options),
    maxAttempts: row.maxAttempts,
    dueAt: timeOf(row.due),
    payload: { text: row.payload, bytes: row.payloadBytes },
    // A job that returns nothing has the JSON text `null`.
    result:
      resultBytes === null || row.result === "null"
        ? null
        : { text: row.result, bytes: resultBytes },
    progress: row.progress,
    failedReason: row.reason,
    stacks: row.stacks,
    parent: parentQueue !== null && parentId !== null ? { queue: parentQueue, id: parentId } : null,
    onFailure: onChildFailure(row.options),
    children: pending + completed + failed > 0 ? children : null,
  };
}

/** Lines of a job's log, oldest first, by their number from 0 on, and how many there are; without `from` the newest. */
export async function readLogs(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  id: string,
  { from, lines, lineLength }: { from: number | null; lines: number; lineLength: number },
): Promise<{ lines: string[]; total: number }> {
  // The first lines of a long log may have been dropped: their numbers are positions, not BullMQ's own.
  const rows = await conn.query<{ line: string; total: number }>(
    `select left(row, $3) as line, total from (
       select row, row_number() over (order by idx) - 1 as at, (count(*) over ())::int as total
       from ${inSchema(queue.prefix, "job_log")} where queue = $1 and job_id = $2
     ) as log
     where at >= coalesce($4::bigint, total - $5::int) order by at limit $5::int`,
    [queue.name, id, lineLength, from, lines],
    { lane: "interactive" },
  );
  return { lines: rows.map(({ line }) => line), total: rows[0]?.total ?? 0 };
}
