import type { JobFacts } from "../bullmq/job-hash.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import type { JobState } from "../bullmq/states.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { FACT_COLUMNS, type FactRow, jobFacts, timeOf } from "./job-facts.ts";
import { stateFilter } from "./states.ts";

/** What orders the jobs of a state: what runs or happened first comes first. */
const ORDER: Record<JobState, readonly [score: string, tie: string]> = {
  waiting: ["seq", "id"],
  paused: ["seq", "id"],
  prioritized: ["priority", "seq"],
  active: ["processed_at_ms", "id"],
  delayed: ["process_at_ms", "id"],
  "waiting-children": ["seq", "id"],
  completed: ["finished_at_ms", "id"],
  failed: ["finished_at_ms", "id"],
};

/** Where the next page starts: behind the job that stood here. */
export interface PageCursor {
  score: string;
  /** What tells jobs of one score apart. */
  id: string;
}

export interface PageRow {
  id: string;
  facts: JobFacts;
  maxAttempts: number;
  dueAt: Date | null;
  /** Until when its worker holds it; null when none does. */
  lockedUntil: Date | null;
  /** Why it failed; null when it did not, or when that is too long for a list. */
  reason: string | null;
  reasonTooLong: boolean;
}

/** Fifty errors of 5 MB would be a quarter of a gigabyte. */
const MAX_REASON_BYTES = 64 * 1024;

/** One page of jobs in one state, by an index and without their payloads: its cost does not grow with the number of jobs. */
export async function readPage(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  request: {
    state: JobState;
    order: "first" | "last";
    limit: number;
    cursor: PageCursor | null;
  },
): Promise<{ rows: PageRow[]; next: PageCursor | null }> {
  const { limit, cursor } = request;
  const rows = await conn.query<ListedRow>(
    pageSql(queue.prefix, request),
    [queue.name, limit + 1, ...(cursor ? [cursor.score, cursor.id] : [])],
    { lane: "interactive" },
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(toRow),
    next: last && rows.length > limit ? { score: last.score, id: last.tie } : null,
  };
}

function pageSql(
  schema: string,
  { state, order, cursor }: { state: JobState; order: "first" | "last"; cursor: PageCursor | null },
): string {
  const [score, tie] = ORDER[state];
  const [direction, behind] = order === "first" ? ["asc", ">"] : ["desc", "<"];
  const tieType = tie === "id" ? "text" : "bigint";
  // The first condition is for the index; the second one goes on exactly behind the cursor.
  const from = `and ${score} ${behind}= $3::bigint and (${score}, ${tie}) ${behind} ($3::bigint, $4::${tieType})`;
  return `
select id, ${score}::text as score, ${tie}::text as tie, ${FACT_COLUMNS}, max_attempts as "maxAttempts",
       case when state = 'delayed' then process_at_ms end::float8 as due, locked_until_ms::float8 as locked, 
       case when octet_length(failed_reason) <= ${MAX_REASON_BYTES} then failed_reason end as reason,
       coalesce(octet_length(failed_reason) > ${MAX_REASON_BYTES}, false) as "reasonTooLong"
from ${inSchema(schema, "job")}
where queue = $1 and ${stateFilter(state)} ${cursor ? from : ""}
order by ${score} ${direction}, ${tie} ${direction} limit $2`;
}

interface ListedRow extends FactRow {
  id: string;
  score: string;
  tie: string;
  maxAttempts: number;
  due: number | null;
  locked: number | null;
  reason: string | null;
  reasonTooLong: boolean;
}

function toRow(row: ListedRow): PageRow {
  const { id, maxAttempts, due, reason, reasonTooLong } = row;
  const [dueAt, lockedUntil] = [timeOf(due), timeOf(row.locked)];
  return { id, facts: jobFacts(row), maxAttempts, dueAt, lockedUntil, reason, reasonTooLong };
}
