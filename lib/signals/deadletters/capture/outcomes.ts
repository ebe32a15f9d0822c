import { SECOND } from "#lib/core/time.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { copyId } from "../copy.ts";
import { undone } from "../transition.ts";
import { recordOutcomes } from "./earlier.ts";
import type { CapturedQueue } from "./queues.ts";
import type { FailureReader, Standing } from "./reader.ts";

const PAGE = 200;
/** A job that is nowhere may have been completed a moment ago: the event that says so is on its way. */
const GRACE_MS = 10 * SECOND;

interface OpenLetter {
  id: bigint;
  job: string;
  score: string | null;
  state: "retried" | "moved";
  stateAt: Date;
  /** The key of the queue a copy was put into. */
  target: string | null;
  /** When the job failed next, if that is known. */
  failedNext: Date | null;
}

/**
 * Looks at a page of retried and moved jobs whose outcome nobody has told yet, oldest first from `after` on; all, or those
 * of one redrive. Returns where the next page begins; null when this was the last.
 */
export async function lookForOutcomes(
  reader: FailureReader,
  queue: Pick<CapturedQueue, "id" | "key">,
  after: bigint | null,
  redriveId: string | null = null,
): Promise<bigint | null> {
  const { rows } = await sql.query<OpenLetter>(
    `SELECT l.id, l.job_id AS job, l.score, l.state, l.state_at AS "stateAt", coalesce(d.target, r.input->>'target') AS target,
       (SELECT min(n.failed_at) FROM deadletters_letter n
        WHERE n.queue_id = l.queue_id AND n.job_id = l.job_id AND n.failed_at > l.failed_at
          AND coalesce(n.added_at = l.added_at, true)) AS "failedNext"
     FROM deadletters_letter l LEFT JOIN deadletters_redrive d ON d.id = l.redrive_id LEFT JOIN action_run r ON r.id = l.run_id
     WHERE l.queue_id = $1 AND l.outcome IS NULL AND l.state IN ('retried', 'moved') AND l.id > $2::bigint
       AND ($4::uuid IS NULL OR l.redrive_id = $4) ORDER BY l.id LIMIT $3`,
    [queue.id, String(after ?? 0), PAGE, redriveId],
  );
  const outcomes: Found[] = [];
  for (const [key, letters] of Map.groupBy(rows, (row) => row.target ?? queue.key)) {
    const ref = refOfKey(key);
    if (!ref) continue;
    const standings = await reader.standing(
      ref,
      letters.map((letter) => jobOf(letter, queue)),
    );
    outcomes.push(...letters.flatMap((letter, at) => outcomeOf(letter, standings[at])));
  }
  await transaction(async (tx) => {
    for (const [outcome, found] of Map.groupBy(outcomes, (one) => one.outcome)) {
      await recordOutcomes(tx, found, outcome);
    }
    await undone(
      tx,
      outcomes.filter(({ isUndone }) => isUndone).map(({ id }) => id),
    );
  });
  return rows.length < PAGE ? null : (rows.at(-1)?.id ?? null);
}

interface Found {
  id: bigint;
  at: Date;
  outcome: "completed" | "failed_again" | "unknown";
  /** It is dead again, with the same failure. */
  isUndone?: boolean;
}

/** A moved letter runs on as a copy. */
const jobOf = ({ job, score, state }: OpenLetter, { key }: Pick<CapturedQueue, "key">): string =>
  state === "moved" ? copyId({ queueKey: key, job, score }) : job;

function outcomeOf(letter: OpenLetter, standing: Standing | undefined): Found[] {
  const { id, state, failedNext, stateAt } = letter;
  if (!standing) return [];
  if (state === "retried" && failedNext) return [{ id, at: failedNext, outcome: "failed_again" }];
  if (standing.completedAt !== null) {
    return [{ id, at: new Date(standing.completedAt), outcome: "completed" }];
  }
  const isOld = state === "retried" && standing.score === letter.score;
  if (standing.score !== null && !isOld) {
    return [{ id, at: new Date(Number(standing.score)), outcome: "failed_again" }];
  }
  const settled = Date.now() - stateAt.getTime() > GRACE_MS;
  // Nowhere, or dead as before: a server that lost its last writes.
  const isLost = settled && (!standing.exists || isOld);
  return isLost ? [{ id, at: new Date(), outcome: "unknown", isUndone: isOld }] : [];
}
