import { sql, type Sql } from "#lib/db/sql.ts";
import { observed } from "../transition.ts";
import { recordOutcomes } from "./earlier.ts";
import type { CapturedQueue } from "./queues.ts";
import { type FailureReader, isSameScore } from "./reader.ts";

/**
 * Letters of jobs that went back in line: dead here and not that failure there any more means that somebody else acted. Our own
 * retries have their letters claimed. Returns what to write.
 */
export async function supersededTold(
  reader: FailureReader,
  queue: CapturedQueue,
  retried: ReadonlySet<string>,
): Promise<(tx: Sql) => Promise<void>> {
  if (retried.size === 0) return async () => {};
  const { rows } = await sql.query<{ id: bigint; job: string; score: string | null }>(
    `SELECT id, job_id AS job, score FROM deadletters_letter
     WHERE queue_id = $1 AND job_id = ANY($2) AND state = 'dead'`,
    [queue.id, [...retried]],
  );
  const standings = await reader.standing(
    queue.ref,
    rows.map(({ job }) => job),
  );
  const ids = rows
    .filter(({ score }, at) => !isSameScore(standings[at]?.score, score))
    .map(({ id }) => id);
  return async (tx) => void (await observed(tx, ids, "superseded"));
}

/** What events say became of letters that were retried here. */
export async function outcomesTold(
  tx: Sql,
  queue: CapturedQueue,
  completed: ReadonlyMap<string, number>,
): Promise<void> {
  if (!queue.hasOpen || completed.size === 0) return;
  const { rows } = await tx.query<{ id: bigint; at: Date }>(
    `SELECT l.id, given.at FROM unnest($2::text[], $3::timestamptz[]) AS given(job, at)
     CROSS JOIN LATERAL (SELECT id FROM deadletters_letter
       WHERE queue_id = $1 AND job_id = given.job AND failed_at <= given.at AND state = 'retried' AND outcome IS NULL
       ORDER BY failed_at DESC LIMIT 1) AS l`,
    [queue.id, [...completed.keys()], [...completed.values()].map((ms) => new Date(ms))],
  );
  await recordOutcomes(tx, rows, "completed");
}
