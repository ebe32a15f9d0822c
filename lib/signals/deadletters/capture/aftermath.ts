import { sql, type Sql, transaction } from "#lib/db/sql.ts";
import { observed } from "../transition.ts";
import { recordOutcomes } from "./earlier.ts";
import type { CapturedQueue } from "./queues.ts";
import { type FailureReader, isSameScore } from "./reader.ts";
import type { Told } from "./told.ts";

/**
 * What events say became of failures that have letters: a job that went back in line was retried by somebody else, since our own
 * retries have their letters claimed; one whose id was given to a new job had been removed.
 */
export async function standingsTold(
  reader: FailureReader,
  queue: CapturedQueue,
  { retried, added }: Pick<Told, "retried" | "added">,
): Promise<void> {
  const superseded = await leftLetters(reader, queue, retried);
  const gone = await leftLetters(reader, queue, added);
  if (superseded.length + gone.length === 0) return;
  await transaction(async (tx) => {
    await observed(tx, superseded, "superseded");
    await observed(tx, gone, "gone");
  });
}

/** Letters of these jobs that are dead here, and not that failure there any more. */
async function leftLetters(
  reader: FailureReader,
  queue: CapturedQueue,
  jobs: ReadonlySet<string>,
): Promise<bigint[]> {
  if (jobs.size === 0) return [];
  const { rows } = await sql.query<{ id: bigint; job: string; score: string | null }>(
    `SELECT id, job_id AS job, score FROM deadletters_letter
     WHERE queue_id = $1 AND job_id = ANY($2) AND state = 'dead'`,
    [queue.id, [...jobs]],
  );
  const standings = await reader.standing(
    queue.ref,
    rows.map(({ job }) => job),
  );
  return rows
    .filter(({ score }, at) => !isSameScore(standings[at]?.score, score))
    .map(({ id }) => id);
}

/**
 * What events say became of letters that were retried here. A job may be completed before its retry is recorded: then the
 * letter is still claimed.
 */
export async function outcomesTold(
  tx: Sql,
  queue: Pick<CapturedQueue, "id">,
  completed: ReadonlyMap<string, number>,
): Promise<void> {
  if (completed.size === 0 || !(await isAnyOpen(tx, queue))) return;
  const { rows } = await tx.query<{ id: bigint; at: Date }>(
    `SELECT l.id, given.at FROM unnest($2::text[], $3::timestamptz[]) AS given(job, at)
     CROSS JOIN LATERAL (SELECT id FROM deadletters_letter
       WHERE queue_id = $1 AND job_id = given.job AND failed_at <= given.at AND state IN ('claimed', 'retried')
         AND outcome IS NULL
       ORDER BY failed_at DESC LIMIT 1) AS l`,
    [queue.id, [...completed.keys()], [...completed.values()].map((ms) => new Date(ms))],
  );
  await recordOutcomes(tx, rows, "completed");
}

/** Asked now, not when the round began: what is told of was claimed before. */
async function isAnyOpen(tx: Sql, { id }: Pick<CapturedQueue, "id">): Promise<boolean> {
  const { rows } = await tx.query<{ open: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM deadletters_letter WHERE queue_id = $1 AND outcome IS NULL AND state = 'retried')
       OR EXISTS (SELECT 1 FROM deadletters_letter WHERE queue_id = $1 AND state = 'claimed') AS open`,
    [id],
  );
  return rows[0]?.open ?? false;
}
