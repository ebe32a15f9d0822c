import { sql, transaction } from "#lib/db/sql.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { readEach } from "#lib/sources/bullmq/batch.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { stateKey } from "#lib/sources/bullmq/states.ts";
import { recordOutcomes } from "../capture/earlier.ts";
import { copyId } from "../copy.ts";
import type { LeasedRedrive } from "./lease.ts";
import { WINDOW } from "./judge.ts";

interface OpenLetter {
  id: bigint;
  job: string;
  score: string | null;
}

/**
 * Looks at the first letters' jobs where they are, so that the rest need not wait until capturing comes by. What it cannot see,
 * such as a job that was removed when it completed, is left to capturing.
 */
export async function lookAtFirst(redrive: LeasedRedrive, conn: BullmqConnection): Promise<void> {
  const queue = refOfKey(redrive.target ?? redrive.queueKey);
  const open = await openLetters(redrive.id);
  if (!queue || open.length === 0) return;
  const answers = await readEach(conn, open, (batch, letter) => {
    const id = redrive.target ? copyId({ ...redrive, ...letter }) : letter.job;
    batch.zscore(stateKey(queue, "completed"), id);
    batch.zscore(stateKey(queue, "failed"), id);
  });
  const completed: { id: bigint; at: Date }[] = [];
  const failed: { id: bigint; at: Date }[] = [];
  open.forEach(({ id, score }, at) => {
    const [done, again] = (answers[at] ?? []) as (string | null | undefined)[];
    if (typeof done === "string") completed.push({ id, at: new Date(Number(done)) });
    else if (typeof again === "string" && (redrive.target || again !== score))
      failed.push({ id, at: new Date(Number(again)) });
  });
  await transaction(async (tx) => {
    await recordOutcomes(tx, completed, "completed");
    await recordOutcomes(tx, failed, "failed_again");
  });
}

async function openLetters(redriveId: string): Promise<OpenLetter[]> {
  const { rows } = await sql.query<OpenLetter>(
    `SELECT l.id, l.job_id AS job, l.score FROM deadletters_redrive_item i JOIN deadletters_letter l ON l.id = i.letter_id
     WHERE i.redrive_id = $1 AND i.state IN ('retried', 'moved') AND l.outcome IS NULL ORDER BY i.seq LIMIT 200`,
    [redriveId],
  );
  return rows;
}

/** The newest known outcomes of a redrive's letters. */
export async function newestOutcomes(redriveId: string): Promise<{ failedAgain: boolean }[]> {
  const { rows } = await sql.query<{ failedAgain: boolean }>(
    `SELECT outcome = 'failed_again' AS "failedAgain" FROM deadletters_letter
     WHERE redrive_id = $1 AND outcome IN ('completed', 'failed_again') ORDER BY outcome_at DESC LIMIT ${WINDOW}`,
    [redriveId],
  );
  return rows;
}

/** What most of the letters that failed again had failed with before, for the note of a redrive that stopped. */
export async function commonCause(redriveId: string): Promise<string | null> {
  const { rows } = await sql.query<{ cause: string }>(
    `SELECT g.error_class || ': ' || left(g.message, 120) AS cause
     FROM (SELECT facet_id FROM deadletters_letter WHERE redrive_id = $1 AND outcome = 'failed_again'
           ORDER BY outcome_at DESC LIMIT ${WINDOW}) l
     JOIN deadletters_facet f ON f.id = l.facet_id JOIN deadletters_group g ON g.id = f.group_id
     GROUP BY g.id ORDER BY count(*) DESC LIMIT 1`,
    [redriveId],
  );
  return rows[0]?.cause ?? null;
}
