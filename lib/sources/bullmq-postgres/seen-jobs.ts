import { type JobFacts, type JobOptions, jobOptions } from "../bullmq/job-hash.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import type { JobState } from "../bullmq/states.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { FACT_COLUMNS, type FactRow, IS_PARENT, jobFacts, OPTIONS } from "./job-facts.ts";
import { stateOf } from "./states.ts";

/** A longer reason is not fetched: it may be a whole response body. */
const MAX_REASON = 2_000;

/** Looks at single jobs by their ids, in order; null where there is none. Payloads are not touched. */
export async function lookAtJobs(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  ids: readonly string[],
) {
  if (ids.length === 0) return [];
  const rows = await conn.query<SeenRow>(
    `select id, state::text as state, ${FACT_COLUMNS}, ${OPTIONS} as options, ${IS_PARENT(queue.prefix)} as "isParent",
       case when length(failed_reason) <= ${MAX_REASON} then failed_reason end as reason
     from ${inSchema(queue.prefix, "job")} j where queue = $1 and id = any ($2)`,
    [queue.name, ids],
  );
  const seen = new Map(rows.map((row) => [row.id, toSeen(row)]));
  return ids.map((id) => seen.get(id) ?? null);
}

type SeenRow = FactRow & {
  id: string;
  state: string;
  options: string | null;
  isParent: boolean;
  reason: string | null;
};

function toSeen(row: SeenRow): {
  id: string;
  state: JobState;
  facts: JobFacts;
  options: JobOptions | null;
  isParent: boolean;
  reason: string | null;
} {
  const { id, options, isParent, reason } = row;
  return {
    id,
    state: stateOf(row.state, row.priority),
    facts: jobFacts(row),
    options: jobOptions(options),
    isParent,
    reason,
  };
}
