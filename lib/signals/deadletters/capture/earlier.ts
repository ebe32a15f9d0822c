import type { Sql } from "#lib/db/sql.ts";
import type { LetterState } from "../states.ts";
import { observed } from "../transition.ts";
import { type Failure, identityOf } from "./failure.ts";

/** A letter of a job that has failed again. */
export interface EarlierLetter {
  id: bigint;
  jobId: string;
  facetId: number;
  failedAt: Date;
  state: LetterState;
  outcome: string | null;
  retries: number;
  addedAt: Date | null;
}

/** All letters of these jobs by job, oldest first, locked before anything is counted. */
export async function earlierLetters(
  tx: Sql,
  queueId: number,
  failures: readonly Failure[],
): Promise<ReadonlyMap<string, EarlierLetter[]>> {
  const { rows } = await tx.query<EarlierLetter>(
    `WITH locked AS MATERIALIZED (
       SELECT id, job_id, facet_id, failed_at, state, outcome, retries, added_at FROM deadletters_letter
       WHERE queue_id = $1 AND job_id = ANY($2::text[]) ORDER BY id FOR UPDATE
     )
     SELECT id, job_id AS "jobId", facet_id AS "facetId", failed_at AS "failedAt", state, outcome, retries, added_at AS "addedAt"
     FROM locked ORDER BY failed_at, id`,
    [queueId, failures.map(({ jobId }) => jobId)],
  );
  return Map.groupBy(rows, ({ jobId }) => jobId);
}

/** Whether one of these letters is this very failure. */
export function isKnown(failure: Failure, letters: readonly EarlierLetter[] | undefined): boolean {
  const identity = identityOf(failure);
  return (letters ?? []).some(
    ({ jobId, failedAt }) => identityOf({ jobId, failedAt: failedAt.getTime() }) === identity,
  );
}

/** Whether a letter is about another job, which had the same id before it was removed. */
export const isOtherJob = ({ addedAt }: EarlierLetter, failure: Failure): boolean =>
  addedAt !== null && failure.addedAt !== null && addedAt.getTime() !== failure.addedAt.getTime();

/** What a new failure means for the letters before it: whoever acted on the job, it was done without success. */
export async function failedAgain(
  tx: Sql,
  failures: readonly Failure[],
  earlier: ReadonlyMap<string, EarlierLetter[]>,
): Promise<void> {
  const left: Record<"superseded" | "gone", bigint[]> = { superseded: [], gone: [] };
  const retried: { id: bigint; at: Date }[] = [];
  for (const failure of failures) {
    const at = new Date(failure.failedAt);
    const before = (earlier.get(failure.jobId) ?? []).filter(({ failedAt }) => failedAt < at);
    for (const letter of before) {
      if (letter.state !== "dead") continue;
      left[isOtherJob(letter, failure) ? "gone" : "superseded"].push(letter.id);
    }
    const last = before.at(-1);
    if (last?.state === "retried" && last.outcome === null && !isOtherJob(last, failure)) {
      retried.push({ id: last.id, at });
    }
  }
  await observed(tx, left.superseded, "superseded");
  await observed(tx, left.gone, "gone");
  await recordOutcomes(tx, retried, "failed_again");
}

/** Says what became of letters that were retried or moved, or are right now, once. Returns how many did not know yet. */
export async function recordOutcomes(
  tx: Sql,
  letters: readonly { id: bigint; at: Date }[],
  outcome: "completed" | "failed_again" | "unknown",
): Promise<number> {
  if (letters.length === 0) return 0;
  const { rowCount } = await tx.query(
    `WITH chosen AS MATERIALIZED (
       SELECT l.id, given.at FROM unnest($1::bigint[], $2::timestamptz[]) AS given(id, at)
       JOIN deadletters_letter l ON l.id = given.id
       WHERE l.outcome IS NULL AND l.state IN ('claimed', 'retried', 'moved') ORDER BY l.id FOR UPDATE OF l
     )
     UPDATE deadletters_letter l SET outcome = $3, outcome_at = chosen.at FROM chosen WHERE l.id = chosen.id`,
    [letters.map(({ id }) => id), letters.map(({ at }) => at), outcome],
  );
  return rowCount ?? 0;
}
