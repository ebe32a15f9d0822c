import type { JobFacts } from "../bullmq/job-hash.ts";
import { inSchema } from "./connect.ts";

/** Columns for `jobFacts`. Times are milliseconds as float8, which holds them exactly. */
export const FACT_COLUMNS = [
  "name",
  "added_at_ms::float8 as added",
  "processed_at_ms::float8 as started",
  "finished_at_ms::float8 as finished",
  'attempts_made as "attemptsMade"',
  'attempts_started as "attemptsStarted"',
  "stalled_count as stalls",
  "priority",
  "processed_by as worker",
  'parent_key as "parentKey"',
  'scheduler_id as "schedulerId"',
].join(", ");

export interface FactRow {
  name: string;
  added: number;
  started: number | null;
  finished: number | null;
  attemptsMade: number;
  attemptsStarted: number;
  stalls: number;
  priority: number;
  worker: string | null;
  parentKey: string | null;
  schedulerId: string | null;
}

/** What a row of BullMQ's `job` table tells besides its payload, as a job's hash on Redis does. */
export function jobFacts(row: FactRow): JobFacts {
  const { added, started, finished, ...rest } = row;
  return {
    ...rest,
    addedAt: timeOf(added),
    startedAt: timeOf(started),
    finishedAt: timeOf(finished),
  };
}

/** Options as text, for `jobOptions`; very long ones (a scheduler's template may hold a payload) are left out. */
export const OPTIONS = `case when pg_column_size(opts) <= 65536 then opts::text end`;

/** SQL: whether the job `j` waited for children. */
export const IS_PARENT = (schema: string): string =>
  `exists (select from ${inSchema(schema, "job_dependency")} d where d.parent_queue = j.queue and d.parent_id = j.id)`;

/** Milliseconds as a time; null also for numbers beyond every calendar, which anybody may have given as a timestamp. */
export function timeOf(ms: number | null): Date | null {
  const at = new Date(ms ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
