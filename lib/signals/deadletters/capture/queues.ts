import { sql, type Sql } from "#lib/db/sql.ts";
import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";

/** A queue whose failures are captured, and how far that has got. */
export interface CapturedQueue {
  id: number;
  key: string;
  ref: QueueRef;
  watermark: string | null;
  eventId: string | null;
  walk: Walk | null;
  gapSince: Date | null;
  reconciledAt: Date | null;
  /** Retried letters whose outcome is not known yet. */
  hasOpen: boolean;
}

/** Where the slow walk stands: first over the failed set, then over the letters that are dead here. */
export interface Walk {
  /** When it began, in milliseconds: what happened later it may have missed. */
  since: number;
  over: "set" | "letters";
  cursor: string | null;
}

interface QueueRow extends Omit<CapturedQueue, "ref" | "walk"> {
  walk: string | null;
}

/** It is watched, or it has letters that do not know yet that it is gone. */
const IS_CAPTURED = `(
  EXISTS (SELECT 1 FROM entity e WHERE e.source_id = q.source_id AND e.signal = 'queues' AND e.key = q.key)
  OR EXISTS (SELECT 1 FROM deadletters_letter l WHERE l.queue_id = q.id AND l.state = 'dead'))`;

/**
 * The queues of a source: those that are watched, and those that are gone but have letters which do not know it. New ones are
 * registered.
 */
export async function capturedQueues(sourceId: string): Promise<CapturedQueue[]> {
  await sql.query(
    `INSERT INTO deadletters_queue (source_id, key)
     SELECT e.source_id, e.key FROM entity e WHERE e.source_id = $1 AND e.signal = 'queues'
       AND NOT EXISTS (SELECT 1 FROM deadletters_queue q WHERE q.source_id = e.source_id AND q.key = e.key)
     ON CONFLICT DO NOTHING`,
    [sourceId],
  );
  const { rows } = await sql.query<QueueRow>(
    `SELECT q.id, q.key, q.watermark, q.event_id AS "eventId", q.reconcile_cursor AS walk, q.gap_since AS "gapSince",
       q.reconciled_at AS "reconciledAt",
       EXISTS (SELECT 1 FROM deadletters_letter l
         WHERE l.queue_id = q.id AND l.outcome IS NULL AND l.state IN ('retried', 'moved')) AS "hasOpen"
     FROM deadletters_queue q WHERE q.source_id = $1 AND ${IS_CAPTURED}
     ORDER BY q.captured_at NULLS FIRST, q.id`,
    [sourceId],
  );
  return rows.flatMap((row) => {
    const ref = refOfKey(row.key);
    return ref ? [{ ...row, ref, walk: parseWalk(row.walk) }] : [];
  });
}

/** A queue that is gone, and none of whose letters is dead any more, is not looked at: nothing of it can be late. */
export async function forgetGoneQueues(tx: Sql, sourceId: string): Promise<void> {
  const { rows } = await tx.query<{ key: string }>(
    `UPDATE deadletters_queue q SET captured_at = NULL, gap_since = NULL
     WHERE q.source_id = $1 AND q.captured_at IS NOT NULL AND NOT (${IS_CAPTURED}) RETURNING q.key`,
    [sourceId],
  );
  await tx.query(
    "DELETE FROM entity WHERE source_id = $1 AND signal = 'deadletters' AND key = ANY($2)",
    [sourceId, rows.map(({ key }) => key)],
  );
}

/** Failures up to this score are read; it never goes back. */
export async function saveWatermark(tx: Sql, queueId: number, score: string): Promise<void> {
  await tx.query(
    `UPDATE deadletters_queue SET watermark = $2
     WHERE id = $1 AND (watermark IS NULL OR watermark::float8 < $2::float8)`,
    [queueId, score],
  );
}

/** The last event that was read; null = the stream is read from its beginning. */
export async function saveEventId(tx: Sql, queueId: number, eventId: string | null): Promise<void> {
  await tx.query("UPDATE deadletters_queue SET event_id = $2 WHERE id = $1", [queueId, eventId]);
}

/** Events are missing: the walk that begins from now on finds out what that has hidden. */
export async function saveGap(tx: Sql, queueId: number): Promise<void> {
  await tx.query(
    `UPDATE deadletters_queue SET gaps = gaps + 1, gap_at = now(), gap_since = coalesce(gap_since, now()) WHERE id = $1`,
    [queueId],
  );
}

export async function saveWalk(queueId: number, walk: Walk): Promise<void> {
  await sql.query("UPDATE deadletters_queue SET reconcile_cursor = $2 WHERE id = $1", [
    queueId,
    JSON.stringify(walk),
  ]);
}

/** The walk has met everything that was there when it began: gaps from before are mended. */
export async function saveWalkEnd(queueId: number, { since }: Walk): Promise<void> {
  await sql.query(
    `UPDATE deadletters_queue SET reconcile_cursor = NULL, reconciled_at = now(),
       gap_since = CASE WHEN gap_at > to_timestamp($2::float8 / 1000) THEN gap_since END
     WHERE id = $1`,
    [queueId, since],
  );
}

const CAPTURED_EVERY_SECONDS = 5;

/** All that is in these queues is captured as of now. Noted every few seconds only. */
export async function saveCaptured(queueIds: readonly number[]): Promise<void> {
  await sql.query(
    `UPDATE deadletters_queue SET captured_at = now()
     WHERE id = ANY($1) AND (captured_at IS NULL OR captured_at < now() - make_interval(secs => $2))`,
    [queueIds, CAPTURED_EVERY_SECONDS],
  );
}

/** Our own words, read back; another version's are no reason to fail. */
function parseWalk(text: string | null): Walk | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Walk;
  } catch {
    return null;
  }
}
