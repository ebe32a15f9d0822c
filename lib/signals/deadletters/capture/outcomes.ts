import { SECOND } from "#lib/core/time.ts";
import { sql, transaction } from "#lib/db/sql.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { copyId } from "../copy.ts";
import { undone } from "../transition.ts";
import { recordOutcomes } from "./earlier.ts";
import type { CapturedQueue } from "./queues.ts";
import type { FailureReader, Standing } from "./reader.ts";

const PAGE = 200;
/** So long a retry is given to reach every copy of its server before it counts as lost. */
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

/** What a look at jobs where they are found out. */
export interface Looked {
  /** Where the next page begins; null when this was the last. */
  next: bigint | null;
  /** Letters whose job is nowhere. It may have been completed and removed: only events can tell. */
  nowhere: bigint[];
}

/**
 * Looks at a page of retried and moved jobs whose outcome nobody has told yet, oldest first from `after` on; all, or those
 * of one redrive.
 */
export async function lookForOutcomes(
  reader: FailureReader,
  queue: Pick<CapturedQueue, "id" | "key">,
  after: bigint | null,
  redriveId: string | null = null,
): Promise<Looked> {
  const rows = await openLetters(queue, after, redriveId);
  const found: Found[] = [];
  const nowhere: bigint[] = [];
  for (const [key, letters] of Map.groupBy(rows, (row) => row.target ?? queue.key)) {
    const ref = refOfKey(key);
    if (!ref) continue;
    const standings = await reader.standing(
      ref,
      letters.map((letter) => jobOf(letter, queue)),
    );
    letters.forEach((letter, at) => {
      const outcome = outcomeOf(letter, standings[at]);
      if (outcome === "nowhere") nowhere.push(letter.id);
      else if (outcome) found.push(outcome);
    });
  }
  await record(found);
  return { next: rows.length < PAGE ? null : (rows.at(-1)?.id ?? null), nowhere };
}

async function record(found: readonly Found[]): Promise<void> {
  await transaction(async (tx) => {
    for (const [outcome, some] of Map.groupBy(found, (one) => one.outcome)) {
      await recordOutcomes(tx, some, outcome);
    }
    await undone(
      tx,
      found.filter(({ outcome }) => outcome === "unknown").map(({ id }) => id),
    );
  });
}

/** Either way an index holds just these. */
async function openLetters(
  queue: Pick<CapturedQueue, "id">,
  after: bigint | null,
  redriveId: string | null,
): Promise<OpenLetter[]> {
  const { rows } = await sql.query<OpenLetter>(
    `SELECT l.id, l.job_id AS job, l.score, l.state, l.state_at AS "stateAt", coalesce(d.target, r.input->>'target') AS target,
       (SELECT min(n.failed_at) FROM deadletters_letter n
        WHERE n.queue_id = l.queue_id AND n.job_id = l.job_id AND n.failed_at > l.failed_at
          AND coalesce(n.added_at = l.added_at, true)) AS "failedNext"
     FROM deadletters_letter l LEFT JOIN deadletters_redrive d ON d.id = l.redrive_id LEFT JOIN action_run r ON r.id = l.run_id
     WHERE ${redriveId === null ? "l.queue_id = $1" : "l.redrive_id = $1"} AND l.outcome IS NULL
       AND l.state IN ('retried', 'moved') AND l.id > $2::bigint ORDER BY l.id LIMIT $3`,
    [redriveId ?? queue.id, String(after ?? 0), PAGE],
  );
  return rows;
}

/** What became of these cannot be found out any more. */
export async function giveUp(nowhere: readonly bigint[]): Promise<void> {
  const at = new Date();
  await recordOutcomes(
    sql,
    nowhere.map((id) => ({ id, at })),
    "unknown",
  );
}

interface Found {
  id: bigint;
  at: Date;
  /** `unknown`: it is dead again, with the same failure. */
  outcome: "completed" | "failed_again" | "unknown";
}

/** A moved letter runs on as a copy. */
const jobOf = ({ job, score, state }: OpenLetter, { key }: Pick<CapturedQueue, "key">): string =>
  state === "moved" ? copyId({ queueKey: key, job, score }) : job;

function outcomeOf(letter: OpenLetter, standing: Standing | undefined): Found | "nowhere" | null {
  const { id, state, failedNext, stateAt } = letter;
  if (!standing) return null;
  if (state === "retried" && failedNext) return { id, at: failedNext, outcome: "failed_again" };
  if (standing.completedAt !== null) {
    return { id, at: new Date(standing.completedAt), outcome: "completed" };
  }
  if (state === "retried" && standing.score === letter.score) {
    // Dead as before: a server that lost its last writes.
    const settled = Date.now() - stateAt.getTime() > GRACE_MS;
    return settled ? { id, at: new Date(), outcome: "unknown" } : null;
  }
  if (standing.score !== null) {
    return { id, at: new Date(Number(standing.score)), outcome: "failed_again" };
  }
  return standing.exists ? null : "nowhere";
}
