import type { JobState } from "../bullmq/states.ts";
import { isSourceError } from "../errors.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { timeOf } from "./job-facts.ts";
import { stateFilter } from "./states.ts";

/** What one bounded look at a queue's tables tells. Counts stop at `COUNTED_AT_ONCE`. */
export interface QueueLook {
  name: string;
  version: string | null;
  paused: boolean;
  globalConcurrency: number | null;
  rateLimit: { max: number; durationMs: number } | null;
  /** Jobs taken in the window of a rate limit, and what is left of it; null when there is none. */
  limitWindow: { taken: number; leftMs: number } | null;
  counts: Record<CountedState, number>;
  oldestFailedAt: Date | null;
  newestFailed: { id: string; at: Date } | null;
  newestCompletedAt: Date | null;
  nextDueAt: Date | null;
  /** Running totals kept by workers that collect metrics; null when none does. */
  workerTotals: { completed: number | null; failed: number | null };
}

/** Pausing moves no jobs here: there is no such state. */
export type CountedState = Exclude<JobState, "paused">;
export const COUNTED_STATES = [
  "waiting",
  "prioritized",
  "active",
  "delayed",
  "waiting-children",
  "completed",
  "failed",
] as const satisfies readonly CountedState[];

/** Counting costs some 0.1 ms per thousand index entries, and more where the table was not vacuumed. */
export const COUNTED_AT_ONCE = 10_000;

const look = (schema: string): string => {
  const job = inSchema(schema, "job");
  const meta = (field: string): string =>
    `(select value from ${inSchema(schema, "meta")} where queue = q.name and field = '${field}')`;
  const total = (kind: string): string =>
    `(select count from ${inSchema(schema, "metrics")} where queue = q.name and kind = '${kind}')`;
  const counts = COUNTED_STATES.map(
    (state) =>
      `(select count(*) from (select from ${job} where queue = q.name and ${stateFilter(state)} limit ${COUNTED_AT_ONCE}) as few)::int as "${state}"`,
  );
  return `
select q.name,
       ${meta("version")} as version, ${meta("paused")} as paused, ${meta("concurrency")} as concurrency,
       ${meta("max")} as max, ${meta("duration")} as duration, ${counts.join(",\n       ")},
       (select min(finished_at_ms) from ${job} where queue = q.name and state = 'failed')::float8 as "oldestFailed",
       f.id as "newestFailedId", f.finished_at_ms::float8 as "newestFailed",
       (select max(finished_at_ms) from ${job} where queue = q.name and state = 'completed')::float8 as "newestCompleted",
       (select min(process_at_ms) from ${job} where queue = q.name and state = 'delayed')::float8 as "nextDue",
       ${total("completed")}::float8 as "completedTotal", ${total("failed")}::float8 as "failedTotal",
       l.points::float8 as "limitTaken", l.expire_at_ms - extract(epoch from clock_timestamp())::float8 * 1000 as "limitLeftMs"
from unnest($1::text[]) with ordinality as q (name, at)
left join lateral (
  select id, finished_at_ms from ${job} where queue = q.name and state = 'failed'
  order by finished_at_ms desc limit 1
) as f on true
left join ${inSchema(schema, "rate_limit")} as l on l.queue = q.name
order by q.at`;
};

type LookRow = Record<CountedState, number> &
  Record<
    "version" | "paused" | "concurrency" | "max" | "duration" | "newestFailedId",
    string | null
  > &
  Record<
    | "oldestFailed"
    | "newestFailed"
    | "newestCompleted"
    | "nextDue"
    | "completedTotal"
    | "failedTotal"
    | "limitTaken"
    | "limitLeftMs",
    number | null
  > & { name: string };

/** Looks at the queues of one schema with index reads whose cost does not grow with the number of jobs. */
export async function lookAtQueues(
  conn: BullmqPostgresConnection,
  schema: string,
  queues: readonly string[],
): Promise<QueueLook[]> {
  const rows = await conn.query<LookRow>(look(schema), [queues]);
  return rows.map(decode);
}

function decode(row: LookRow): QueueLook {
  const counts = COUNTED_STATES.map((state) => [state, row[state]] as const);
  const [max, durationMs] = [whole(row.max), whole(row.duration)];
  const failedAt = timeOf(row.newestFailed);
  const { limitTaken: taken, limitLeftMs: leftMs } = row;
  return {
    name: row.name,
    version: row.version?.split(":").at(-1) ?? null,
    paused: row.paused === "1",
    globalConcurrency: whole(row.concurrency),
    rateLimit: max !== null && durationMs !== null ? { max, durationMs } : null,
    limitWindow: taken !== null && leftMs !== null ? { taken, leftMs } : null,
    counts: Object.fromEntries(counts) as QueueLook["counts"],
    oldestFailedAt: timeOf(row.oldestFailed),
    newestFailed:
      row.newestFailedId !== null && failedAt ? { id: row.newestFailedId, at: failedAt } : null,
    newestCompletedAt: timeOf(row.newestCompleted),
    nextDueAt: timeOf(row.nextDue),
    workerTotals: { completed: row.completedTotal, failed: row.failedTotal },
  };
}

const whole = (text: string | null): number | null =>
  text !== null && /^\d+$/.test(text) ? Number(text) : null;

/** Counts every job in a state, for as long as `budgetMs` allows; null when that was too short. */
export async function countJobs(
  conn: BullmqPostgresConnection,
  queue: { prefix: string; name: string },
  state: CountedState,
  budgetMs: number,
): Promise<number | null> {
  const sql = `select count(*)::float8 as jobs from ${inSchema(queue.prefix, "job")} where queue = $1 and ${stateFilter(state)}`;
  try {
    return await conn.readOnlyTransaction(
      async (run) => {
        await run(`set local statement_timeout = ${Math.max(Math.floor(budgetMs), 1)}`);
        // A guest takes one of their processes, not three.
        await run("set local max_parallel_workers_per_gather = 0");
        const [row] = await run<{ jobs: number }>(sql, [queue.name]);
        return row?.jobs ?? null;
      },
      { lane: "collect" },
    );
  } catch (error) {
    if (isSourceError(error) && error.reason === "timeout") return null;
    throw error;
  }
}
