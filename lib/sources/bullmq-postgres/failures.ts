import type { JobFacts } from "../bullmq/job-hash.ts";
import { MAX_FETCH_BYTES } from "../bullmq/payload.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";
import { FACT_COLUMNS, type FactRow, jobFacts } from "./job-facts.ts";
import { COUNTED_AT_ONCE, countJobs } from "./queue-state.ts";

/** One failure by its job's id and the millisecond it finished, as digits. */
export interface FailedAt {
  jobId: string;
  score: string;
}

/** Failed jobs from `score` on, without the first `skip` of that millisecond, oldest first. An index read. */
export function failedSince(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  front: { score: string; skip: number } | null,
  limit: number,
): Promise<FailedAt[]> {
  return conn.query<{ jobId: string; score: string }>(
    `select id as "jobId", finished_at_ms::text as score from ${inSchema(queue.prefix, "job")}
     where queue = $1 and state = 'failed' and finished_at_ms >= $2::bigint
     order by finished_at_ms, id offset $3 limit $4`,
    [queue.name, front?.score ?? "0", front?.skip ?? 0, limit],
  );
}

/** Failed jobs behind this one, in the same order. */
export function failedBehind(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  last: FailedAt,
  limit: number,
): Promise<FailedAt[]> {
  return conn.query<{ jobId: string; score: string }>(
    `select id as "jobId", finished_at_ms::text as score from ${inSchema(queue.prefix, "job")}
     where queue = $1 and state = 'failed' and finished_at_ms >= $2::bigint
       and (finished_at_ms, id) > ($2::bigint, $3)
     order by finished_at_ms, id limit $4`,
    [queue.name, last.score, last.jobId, limit],
  );
}

/** Where single jobs stand now, in order. */
export async function standings(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  jobIds: readonly string[],
): Promise<({ state: string; finishedAt: string | null } | null)[]> {
  const rows = await conn.query<{ id: string; state: string; finishedAt: string | null }>(
    `select id, state::text as state, finished_at_ms::text as "finishedAt"
     from ${inSchema(queue.prefix, "job")} where queue = $1 and id = any ($2)`,
    [queue.name, jobIds],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return jobIds.map((id) => found.get(id) ?? null);
}

/** What queues have that is newer than what is known of them, by name. */
export async function lookForFailures(
  conn: BullmqPostgresConnection,
  schema: string,
  queues: readonly { name: string; eventId: string | null }[],
): Promise<Map<string, { newest: string | null; events: boolean }>> {
  const rows = await conn.query<{ name: string; newest: string | null; events: boolean }>(
    `select q.name,
       (select max(finished_at_ms)::text from ${inSchema(schema, "job")} where queue = q.name and state = 'failed') as newest,
       exists (select from ${inSchema(schema, "event")} e where e.queue = q.name and e.id > q.behind) as events
     from unnest($1::text[], $2::bigint[]) as q (name, behind)`,
    [queues.map(({ name }) => name), queues.map(({ eventId }) => eventId?.split("-")[1] ?? "0")],
  );
  return new Map(rows.map(({ name, ...look }) => [name, look]));
}

/** Failed jobs of each queue, in order; null where there are too many to count in `budgetMs` for all of them. */
export async function failedCounts(
  conn: BullmqPostgresConnection,
  schema: string,
  queues: readonly string[],
  budgetMs: number,
): Promise<(number | null)[]> {
  const rows = await conn.query<{ failed: number }>(
    `select (select count(*) from (select from ${inSchema(schema, "job")} where queue = q.name and state = 'failed'
       limit ${COUNTED_AT_ONCE}) as few)::int as failed
     from unnest($1::text[]) with ordinality as q (name, at) order by q.at`,
    [queues],
  );
  const counts: (number | null)[] = [];
  let left = budgetMs;
  for (const [at, { failed }] of rows.entries()) {
    const started = performance.now();
    const queue = { prefix: schema, name: queues[at] ?? "" };
    const more = failed >= COUNTED_AT_ONCE;
    if (!more) counts.push(failed);
    else counts.push(left > 0 ? await countJobs(conn, queue, "failed", left) : null);
    if (more) left -= performance.now() - started;
  }
  return counts;
}

/** A job with all its texts as Postgres writes them. */
export interface WholeJob {
  id: string;
  failed: boolean;
  finishedAt: string | null;
  facts: JobFacts;
  /** Null where it is longer than what is fetched; `dataBytes` says how long. */
  data: string | null;
  dataBytes: number;
  opts: string | null;
  reason: string | null;
  stacks: string | null;
}

const MAX_TEXT_BYTES = 1024 * 1024;
/** Stored bytes read at once, compressed as they are: their texts may be ten times as long. */
const STORED_AT_ONCE = 2 * 1024 * 1024;

/**
 * Reads jobs with their texts a few megabytes at a time, in the order asked for; those that are gone are missing. Stops early when
 * `abort` fires.
 */
export async function* wholeJobs(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  jobIds: readonly string[],
  abort?: AbortSignal,
): AsyncGenerator<WholeJob[]> {
  const rows = await conn.query<{ id: string; bytes: number }>(
    `select id, (pg_column_size(data) + pg_column_size(opts) + coalesce(pg_column_size(failed_reason), 0)
       + coalesce(pg_column_size(stacktrace), 0))::int as bytes
     from ${inSchema(queue.prefix, "job")} where queue = $1 and id = any ($2)`,
    [queue.name, jobIds],
  );
  const stored = new Map(rows.map(({ id, bytes }) => [id, bytes]));
  const present = jobIds.filter((id) => stored.has(id));
  for (let at = 0; at < present.length;) {
    if (abort?.aborted) return;
    const ids: string[] = [];
    for (let sum = 0; at < present.length; at += 1) {
      const id = present[at] as string;
      sum += stored.get(id) ?? 0;
      if (ids.length > 0 && sum > STORED_AT_ONCE) break;
      ids.push(id);
    }
    yield await readWhole(conn, queue, ids);
  }
}

async function readWhole(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  ids: readonly string[],
): Promise<WholeJob[]> {
  const upTo = (text: string, limit: number): string =>
    `case when octet_length(${text}) <= ${limit} then ${text} end`;
  type Row = FactRow & Omit<WholeJob, "facts">;
  const rows = await conn.query<Row>(
    `select id, state = 'failed' as failed, finished_at_ms::text as "finishedAt", ${FACT_COLUMNS},
       ${upTo("data::text", MAX_FETCH_BYTES)} as data, octet_length(data::text) as "dataBytes",
       ${upTo("opts::text", MAX_TEXT_BYTES)} as opts, ${upTo("failed_reason", MAX_TEXT_BYTES)} as reason,
       ${upTo("stacktrace::text", MAX_TEXT_BYTES)} as stacks
     from ${inSchema(queue.prefix, "job")} where queue = $1 and id = any ($2)`,
    [queue.name, ids],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = found.get(id);
    if (!row) return [];
    const { failed, finishedAt, data, dataBytes, opts, reason, stacks } = row;
    return [
      { id, failed, finishedAt, facts: jobFacts(row), data, dataBytes, opts, reason, stacks },
    ];
  });
}
