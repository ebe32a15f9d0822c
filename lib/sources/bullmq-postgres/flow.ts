import type { ChildPart } from "../bullmq/flow.ts";
import type { JobFacts } from "../bullmq/job-hash.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import type { JobState } from "../bullmq/states.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { FACT_COLUMNS, type FactRow, jobFacts, OPTIONS } from "./job-facts.ts";
import { stateOf } from "./states.ts";

/** A job as part of a flow. */
export interface FlowPart {
  queue: string;
  id: string;
  /** Null when its row is gone: removed, or finished and not kept. */
  job: {
    facts: JobFacts;
    state: JobState;
    maxAttempts: number;
    options: string | null;
    /** Null also where it is too long to list. */
    reason: string | null;
  } | null;
  children: Record<ChildPart, number>;
  parent: { queue: string; id: string } | null;
}

interface PartRow extends Omit<FactRow, "name"> {
  queue: string;
  id: string;
  name: string | null;
  state: string;
  maxAttempts: number;
  options: string | null;
  reason: string | null;
  children: Record<string, number> | null;
  parentQueue: string | null;
  parentId: string | null;
}

const MAX_REASON_BYTES = 64 * 1024;

/** Columns of a part from `j`, a row of `job` that may be missing. */
const part = (schema: string): string => `
${FACT_COLUMNS}, j.state::text as state, max_attempts as "maxAttempts", ${OPTIONS} as options,
case when octet_length(failed_reason) <= ${MAX_REASON_BYTES} then failed_reason end as reason,
(select jsonb_object_agg(status, children) from (
   select d.status, count(*) as children from ${inSchema(schema, "job_dependency")} d
   where d.parent_queue = j.queue and d.parent_id = j.id group by d.status
 ) as counted) as children,
j.parent_queue as "parentQueue", j.parent_id as "parentId"`;

/** One job of a flow; null when its row is gone. */
export async function readFlowPart(
  conn: BullmqPostgresConnection,
  schema: string,
  { queue, id }: { queue: string; id: string },
): Promise<FlowPart | null> {
  const [row] = await conn.query<PartRow>(
    `select j.queue, j.id, ${part(schema)} from ${inSchema(schema, "job")} j where j.queue = $1 and j.id = $2`,
    [queue, id],
    { lane: "interactive" },
  );
  return row ? decode(row) : null;
}

/** Where the next children are: behind this key in this part. */
export interface ChildCursor {
  rank: number;
  key: string;
}

/** What needs a look comes first. */
const RANK = `case d.status when 'failed' then 0 when 'ignored' then 1 when 'pending' then 2 else 3 end`;

/** A page of a job's children with one statement, those that failed first. */
export async function listChildren(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  id: string,
  { cursor, limit }: { cursor: ChildCursor | null; limit: number },
): Promise<{ parts: FlowPart[]; next: ChildCursor | null }> {
  const rows = await conn.query<PartRow & { rank: number; key: string }>(
    `select d.child_queue as queue, d.child_id as id, d.child_key as key, ${RANK} as rank, ${part(queue.prefix)}
     from ${inSchema(queue.prefix, "job_dependency")} d
     left join ${inSchema(queue.prefix, "job")} j on j.queue = d.child_queue and j.id = d.child_id
     where d.parent_queue = $1 and d.parent_id = $2 and (${RANK}, d.child_key) > ($3::int, $4::text)
     order by rank, d.child_key limit $5`,
    [queue.name, id, cursor?.rank ?? -1, cursor?.key ?? "", limit + 1],
    { lane: "interactive" },
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = last && rows.length > limit ? { rank: last.rank, key: last.key } : null;
  return { parts: shown.map(decode), next };
}

function decode(row: PartRow): FlowPart {
  const { queue, id, name, options, reason, maxAttempts, parentQueue, parentId } = row;
  const counts = row.children ?? {};
  return {
    queue,
    id,
    job:
      name === null
        ? null
        : {
            facts: jobFacts({ ...row, name }),
            state: stateOf(row.state, row.priority),
            maxAttempts,
            options,
            reason,
          },
    children: {
      failed: counts["failed"] ?? 0,
      ignored: counts["ignored"] ?? 0,
      pending: counts["pending"] ?? 0,
      completed: counts["processed"] ?? 0,
    },
    parent: parentQueue !== null && parentId !== null ? { queue: parentQueue, id: parentId } : null,
  };
}
