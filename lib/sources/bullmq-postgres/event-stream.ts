import { eventTime, type EventLimits, type QueueEvent } from "../bullmq/event-stream.ts";
import type { QueueRef } from "../bullmq/queries.ts";
import { type BullmqPostgresConnection, inSchema } from "./connect.ts";

const CHUNK = 1_000;
/** A failure's text may be a whole response body. */
const MAX_REASON = 2_000;
/**
 * Events get their number before their transaction commits. Younger ones are left for the next look, so that none which commits
 * late is passed over.
 */
const SETTLED_MS = 1_000;
const CUTOFF = `(extract(epoch from clock_timestamp()) * 1000)::bigint - ${SETTLED_MS}`;

/** Two transactions may number and date their events the other way round: not over more events than this. */
const MIXED_UP = 100;

interface EventRow {
  id: string;
  at: number;
  name: string;
  jobId: string | null;
  prev: string | null;
  failedReason: string | null;
}

/**
 * The ids of the oldest and newest settled entry; null when the queue has none. As on Redis an id is `milliseconds-number`; the
 * number counts over all queues of the schema.
 */
export async function streamEnds(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
): Promise<{ first: string; last: string } | null> {
  const settled = `select id, created_at_ms as at from ${inSchema(queue.prefix, "event")}
    where queue = $1 and created_at_ms <= ${CUTOFF}`;
  const [row] = await conn.query<{ first: string | null; last: string | null }>(
    `select (select at || '-' || id from (${settled} order by id limit 1) as f) as first,
       (select max(at) || '-' || max(id) from (${settled} order by id desc limit ${MIXED_UP}) as l) as last`,
    [queue.name],
  );
  return row?.first && row.last ? { first: row.first, last: row.last } : null;
}

/** As `readStream` of the Redis kind: hands every settled entry behind `cursor` to `visit` and returns the last one's id. */
export async function readStream(
  conn: BullmqPostgresConnection,
  queue: QueueRef,
  cursor: string,
  limits: EventLimits,
  abort: AbortSignal,
  visit: (event: QueueEvent) => void,
): Promise<string> {
  const sql = chunkOf(inSchema(queue.prefix, "event"));
  let last = { id: numberOf(cursor), at: eventTime(cursor) };
  for (let read = 0; read < limits.events && !abort.aborted;) {
    const size = Math.min(CHUNK, limits.events - read);
    const rows = await conn.query<EventRow>(sql, [queue.name, last.id, size]);
    for (const { id, at, ...event } of rows) {
      // Here time never goes back.
      last = { id, at: Math.max(last.at, at) };
      const said = { ...event, id: `${last.at}-${id}` };
      // On Redis a stalled job is first said to wait again.
      if (said.name === "stalled") visit({ ...said, name: "waiting", prev: "active" });
      visit(said);
    }
    read += rows.length;
    if (rows.length < size) break;
  }
  return `${last.at}-${last.id}`;
}

const chunkOf = (event: string): string => `
select id::text as id, created_at_ms::float8 as at, event as name, data ->> 'jobId' as "jobId", data ->> 'prev' as prev,
       left(data ->> 'failedReason', ${MAX_REASON}) as "failedReason"
from ${event} e
where queue = $1 and id > $2::bigint and id < coalesce(
  (select min(id) from ${event} where queue = $1 and id > $2::bigint and created_at_ms > ${CUTOFF}), 9223372036854775807)
order by e.id limit $3`;

const numberOf = (id: string): string => id.slice(id.indexOf("-") + 1);
