import type { Sql } from "#lib/db/sql.ts";
import { type LetterState, NEXT_STATES } from "./states.ts";

/** Who holds claimed letters until their outcome is known: the run of an action, or a redrive. */
export type Holder = { runId: string } | { redriveId: string };

/** Who decided, and why, as the letter shows it. */
export interface Decision {
  by: string;
  reason: string;
}

export interface Claim extends Decision {
  holder: Holder;
}

/**
 * Claims letters for one retry or move: only one holder can have a letter, so whoever comes second gets nothing. Returns the ids
 * it got. Letters are locked in the order of their ids, so that two batches never wait for each other.
 */
export function claim(
  tx: Sql,
  ids: readonly bigint[],
  from: readonly LetterState[],
  { holder, by, reason }: Claim,
): Promise<bigint[]> {
  return change(tx, ids, from, "claimed", {
    set: `claimed_from = l.state, run_id = $4::uuid, redrive_id = $5::uuid, acted_by = $6, acted_reason = $7, outcome = NULL, outcome_at = NULL`,
    params: [...holderIds(holder), by, reason],
  });
}

/** Gives claimed letters back to the state they were in: nothing was done to their jobs. */
export async function release(tx: Sql, ids: readonly bigint[], holder: Holder): Promise<void> {
  for (const state of ["dead", "gone"] as const) {
    await change(tx, ids, ["claimed"], state, {
      set: `claimed_from = NULL, run_id = NULL, redrive_id = NULL, acted_by = NULL, acted_reason = NULL, ${NOT_OURS}`,
      where: `${HELD} AND claimed_from = $6`,
      params: [...holderIds(holder), state],
    });
  }
}

/** Records what became of claimed letters. Only their holder may; returns the ids that it still held. */
export function settle(
  tx: Sql,
  ids: readonly bigint[],
  to: "retried" | "moved" | "superseded" | "gone" | "unknown",
  holder: Holder,
): Promise<bigint[]> {
  const sent = to === "retried" || to === "moved";
  return change(tx, ids, ["claimed"], to, {
    ...(!sent && { set: NOT_OURS }),
    where: HELD,
    params: holderIds(holder),
  });
}

/** A person's decision about letters that nobody holds: to discard them, or to take that back. */
export function decide(
  tx: Sql,
  ids: readonly bigint[],
  from: readonly LetterState[],
  to: "dead" | "discarded",
  decision: Decision & { runId: string | null },
): Promise<bigint[]> {
  return change(tx, ids, from, to, {
    set: "run_id = $4::uuid, redrive_id = NULL, acted_by = $5, acted_reason = $6",
    params: [decision.runId, decision.by, decision.reason],
  });
}

/** What was seen in the queue itself: somebody else acted on the job, or it is not there any more. */
export function observed(
  tx: Sql,
  ids: readonly bigint[],
  to: "superseded" | "gone",
): Promise<bigint[]> {
  return change(tx, ids, ["dead"], to, {});
}

/** The very failure that was retried stands in its queue again: the server lost the retry with its last writes. */
export function undone(tx: Sql, ids: readonly bigint[]): Promise<bigint[]> {
  return change(tx, ids, ["retried"], "dead", {});
}

/** What was told of the job while it was claimed is not the outcome of anything we did. */
const NOT_OURS = "outcome = NULL, outcome_at = NULL";

const HELD =
  "l.run_id IS NOT DISTINCT FROM $4::uuid AND l.redrive_id IS NOT DISTINCT FROM $5::uuid";

const holderIds = (holder: Holder): [string | null, string | null] =>
  "runId" in holder ? [holder.runId, null] : [null, holder.redriveId];

/** The one statement that changes a state: compare and set. Throws when `states.ts` knows no such step. */
async function change(
  tx: Sql,
  ids: readonly bigint[],
  from: readonly LetterState[],
  to: LetterState,
  { set, where, params = [] }: { set?: string; where?: string; params?: unknown[] },
): Promise<bigint[]> {
  const illegal = from.find((state) => !NEXT_STATES[state].includes(to));
  if (illegal) throw new Error(`A dead letter cannot go from ${illegal} to ${to}`);
  if (ids.length === 0) return [];
  const { rows } = await tx.query<{ id: bigint }>(
    `WITH chosen AS MATERIALIZED (
       SELECT l.id FROM deadletters_letter l
       WHERE l.id = ANY($1::bigint[]) AND l.state = ANY($2::text[]) ${where ? `AND ${where}` : ""}
       ORDER BY l.id FOR UPDATE
     )
     UPDATE deadletters_letter l SET state = $3, state_at = now()${set ? `, ${set}` : ""}
     FROM chosen WHERE l.id = chosen.id RETURNING l.id`,
    [ids.map(String), from, to, ...params],
  );
  return rows.map(({ id }) => id);
}
