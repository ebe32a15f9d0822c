import { sql } from "#lib/db/sql.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { bullmqReader } from "../capture/bullmq-reader.ts";
import { lookForOutcomes } from "../capture/outcomes.ts";
import { WINDOW } from "./judge.ts";
import type { LeasedRedrive } from "./lease.ts";

/**
 * Looks at the first letters' jobs where they are, so that the rest need not wait until capturing comes by. What it cannot see,
 * such as a job that was removed when it completed, capturing learns from the events, and only capturing gives up.
 */
export async function lookAtFirst(redrive: LeasedRedrive, conn: BullmqConnection): Promise<void> {
  const queue = { id: redrive.queueId, key: redrive.queueKey };
  await lookForOutcomes(bullmqReader(conn), queue, null, redrive.id);
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
