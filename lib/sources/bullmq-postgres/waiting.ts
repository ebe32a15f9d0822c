import { type JobFacts, type JobOptions, jobOptions } from "../bullmq/job-hash.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { FACT_COLUMNS, type FactRow, IS_PARENT, jobFacts, OPTIONS, timeOf } from "./job-facts.ts";

/** A job that may be the one which waits longest. */
export interface Candidate {
  queue: string;
  id: string;
  facts: JobFacts;
  options: JobOptions | null;
  /** When its delay ends or ended; null when it never had one, or when somebody promoted it by hand. */
  dueAt: Date | null;
  /** It waited for its children first, nobody knows for how long. */
  isParent: boolean;
}

/** Priorities looked at per queue. */
export const MAX_PRIORITIES = 20;
/** In order of arrival; retried and formerly delayed jobs stand among them. */
const FIRST_IN_LINE = 3;

/**
 * The jobs of each queue that run first of each priority, and last of those taken in reverse: one of them waits longest. Index
 * reads only.
 */
export async function waitingCandidates(
  conn: BullmqPostgresConnection,
  schema: string,
  queues: readonly string[],
): Promise<Candidate[]> {
  const rows = await conn.query<FactRow & Told>(candidates(schema), [queues]);
  return rows.map((row) => ({
    queue: row.queue,
    id: row.id,
    facts: jobFacts(row),
    options: jobOptions(row.options),
    dueAt: timeOf(row.due),
    isParent: row.isParent,
  }));
}

interface Told {
  queue: string;
  id: string;
  due: number | null;
  options: string | null;
  isParent: boolean;
}

const candidates = (schema: string): string => {
  const job = inSchema(schema, "job");
  const line = `select * from ${job} where queue = of_queue and state = 'waiting' and priority = of_priority`;
  return `
with recursive level as (
  select q.name as of_queue, 1 as at,
         (select min(priority) from ${job} where queue = q.name and state = 'waiting') as of_priority
  from unnest($1::text[]) as q (name)
  union all
  select of_queue, at + 1,
         (select min(priority) from ${job} where queue = of_queue and state = 'waiting' and priority > of_priority)
  from level where of_priority is not null and at < ${MAX_PRIORITIES}
)
select queue, id, ${FACT_COLUMNS}, process_at_ms::float8 as due, ${OPTIONS} as options,
       ${IS_PARENT(schema)} as "isParent"
from level cross join lateral (
  (${line} and seq > 0 order by seq limit ${FIRST_IN_LINE})
  union all
  (${line} and seq < 0 order by seq desc limit 1)
) as j`;
};
