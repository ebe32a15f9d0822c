import type { Sql } from "#lib/db/sql.ts";
import type { LetterState } from "../states.ts";
import { observed } from "../transition.ts";
import { type Failure, identityOf } from "./failure.ts";

/** A letter of a job that has failed again. */
export interface EarlierLetter {
  id: bigint;
  jobId: string;
  failedAt: Date;
  state: LetterState;
  outcome: string | null;
  retries: number;
  groupId: number;
}

/** All letters of these jobs by job, oldest first, locked before anything is counted. */
export async function earlierLetters(
  tx: Sql,
  queueId: number,
  failures: readonly Failure[],
): Promise<ReadonlyMap<string, EarlierLetter[]>> {
  const { rows } = await tx.query<EarlierLetter>(
    `WITH locked AS MATERIALIZED (
       SELECT id, job_id, failed_at, state, outcome, retries, facet_id FROM deadletters_letter
       WHERE queue_id = $1 AND job_id = ANY($2::text[]) ORDER BY id FOR UPDATE
     )
     SELECT l.id, l.job_id AS "jobId", l.failed_at AS "failedAt", l.state, l.outcome, l.retries, f.group_id AS "groupId"
     FROM locked l JOIN deadletters_facet f ON f.id = l.facet_id ORDER BY l.failed_at, l.id`,
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

/** What a new failure means for the job's letters before it: whoever acted on the job, it was done without success. */
export async function failedAgain(
  tx: Sql,
  failures: readonly Failure[],
  earlier: ReadonlyMap<string, EarlierLetter[]>,
): Promise<void> {
  const superseded: bigint[] = [];
  const retried: { id: bigint; at: Date }[] = [];
  for (const { jobId, failedAt } of failures) {
    const before = (earlier.get(jobId) ?? []).filter((one) => one.failedAt.getTime() < failedAt);
    for (const { id, state } of before) if (state === "dead") superseded.push(id);
    const last = before.at(-1);
    if (last?.state === "retried" && last.outcome === null) {
      retried.push({ id: last.id, at: new Date(failedAt) });
    }
  }
  await observed(tx, superseded, "superseded");
  await recordOutcomes(tx, retried, "failed_again");
}

/** Says what became of letters that were retried or moved, once. Returns how many did not know yet. */
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
       WHERE l.outcome IS NULL AND l.state IN ('retried', 'moved') ORDER BY l.id FOR UPDATE OF l
     )
     UPDATE deadletters_letter l SET outcome = $3, outcome_at = chosen.at FROM chosen WHERE l.id = chosen.id`,
    [letters.map(({ id }) => id), letters.map(({ at }) => at), outcome],
  );
  return rowCount ?? 0;
}
