import { MINUTE } from "#lib/core/time.ts";
import { sql, type Sql } from "#lib/db/sql.ts";
import { eventTime } from "#lib/sources/bullmq/event-stream.ts";
import type { ToldFailure } from "./told.ts";

/** The letter that a told failure became. */
export interface Pair {
  eventId: string;
  jobId: string;
  failedAt: Date;
}

/** Clocks of workers and of Redis may be so far apart. */
const MAX_SKEW_MS = 10 * MINUTE;

/** Failures that have left the set may be letters already: each letter is one failure, and one event told of it. */
export async function matchLeft(
  queueId: number,
  left: readonly ToldFailure[],
): Promise<{ pairs: Pair[]; unmatched: ToldFailure[] }> {
  const { rows } = await sql.query<{ jobId: string; failedAt: Date; eventId: string | null }>(
    `SELECT job_id AS "jobId", failed_at AS "failedAt", event_id AS "eventId" FROM deadletters_letter
     WHERE queue_id = $1 AND job_id = ANY($2) AND (event_id IS NULL OR event_id = ANY($3))`,
    [queueId, left.map(({ jobId }) => jobId), left.map(({ eventId }) => eventId)],
  );
  const letters = Map.groupBy(rows, ({ jobId }) => jobId);
  const pairs: Pair[] = [];
  const unmatched = left.filter(({ eventId, jobId }) => {
    const own = letters.get(jobId) ?? [];
    const distance = (letter: { failedAt: Date }): number =>
      Math.abs(letter.failedAt.getTime() - eventTime(eventId));
    const near = own
      .filter((letter) => letter.eventId === null && distance(letter) <= MAX_SKEW_MS)
      .toSorted((a, b) => distance(a) - distance(b));
    const letter = own.find((one) => one.eventId === eventId) ?? near[0];
    if (!letter) return true;
    letter.eventId = eventId;
    pairs.push({ eventId, jobId, failedAt: letter.failedAt });
    return false;
  });
  return { pairs, unmatched };
}

/** Notes which event told of which letter, so that no other event is taken for it. */
export async function pair(tx: Sql, queueId: number, pairs: readonly Pair[]): Promise<void> {
  if (pairs.length === 0) return;
  await tx.query(
    `WITH chosen AS MATERIALIZED (
       SELECT given.event_id, (SELECT l.id FROM deadletters_letter l WHERE l.queue_id = $1 AND l.job_id = given.job_id
         AND l.failed_at = given.failed_at AND l.event_id IS NULL) AS id
       FROM unnest($2::text[], $3::timestamptz[], $4::text[]) AS given(job_id, failed_at, event_id) ORDER BY id
     )
     UPDATE deadletters_letter l SET event_id = chosen.event_id FROM chosen WHERE l.id = chosen.id`,
    [
      queueId,
      pairs.map(({ jobId }) => jobId),
      pairs.map(({ failedAt }) => failedAt),
      pairs.map(({ eventId }) => eventId),
    ],
  );
}
