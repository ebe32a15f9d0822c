import { z } from "zod";
import type { TargetAction } from "#lib/actions/define.ts";
import { AppError } from "#lib/core/errors.ts";
import type { Sql } from "#lib/db/sql.ts";
import { type Letter, letterById, notPossible } from "../letters.ts";
import { letterIdSchema } from "../schema.ts";
import type { LetterState } from "../states.ts";
import { claim, release, settle } from "../transition.ts";

export const letterInput = z.object({ id: letterIdSchema });

/** SHA-256 of the changed payload to use, as it was shown; without it the job goes with the payload it has. */
export const editShown = z.string().length(64).optional();

type Claiming = Parameters<NonNullable<TargetAction<{ id: string }, unknown>["claim"]>>[0];

/** Claims the letter for this run: of any number of people who ask at once, one gets it and the others are told who has it. */
export async function claimLetter(
  { tx, actor, input, reason, runId, sourceId }: Claiming,
  from: readonly LetterState[],
  wanted: string,
): Promise<Letter> {
  const letter = await letterById(tx, input.id);
  if (letter.sourceId !== sourceId) {
    throw new AppError("validation_failed", `Dead letter ${input.id} is not of this source`, {
      fields: { source: "Name the source that the letter came from." },
    });
  }
  const by = { holder: { runId }, by: actor.login, reason };
  const [got] = await claim(tx, [letter.id], from, by);
  if (got === undefined) throw notPossible(await letterById(tx, input.id), wanted);
  return letter;
}

/** Nobody may send a payload other than the one they were shown. */
export function requireSameEdit({ id, editHash }: Letter, shown: string | undefined): void {
  if (editHash === (shown ?? null)) return;
  const detail = editHash
    ? "Somebody changed its payload meanwhile."
    : "The change of its payload was taken back meanwhile.";
  throw new AppError("conflict", `Dead letter ${id} is not as it was shown; nothing was done`, {
    detail,
    remedy: "Look at the payload again, then decide.",
  });
}

const STATES = ["retried", "moved", "superseded", "gone"] as const;
type Settled = (typeof STATES)[number];

/** What `run` found or did, as its result names it. */
export interface SettledResult {
  state: Settled;
}

/** Lets the claimed letter follow the run: `done` is what it becomes when the run is known to have taken effect. */
export function settleLetter(
  done: Settled,
): NonNullable<TargetAction<{ id: string }, unknown>["settle"]> {
  return async ({ tx, runId, ending }) => {
    const ids = await heldBy(tx, runId);
    const holder = { runId };
    if (ending.outcome === "failed") return release(tx, ids, holder);
    if (ending.outcome === "outcome_unknown")
      return void (await settle(tx, ids, "unknown", holder));
    const { state } = (ending.result ?? {}) as Partial<SettledResult>;
    await settle(tx, ids, STATES.find((known) => known === state) ?? done, holder);
  };
}

async function heldBy(tx: Sql, runId: string): Promise<bigint[]> {
  const { rows } = await tx.query<{ id: bigint }>(
    "SELECT id FROM deadletters_letter WHERE run_id = $1::uuid AND state = 'claimed'",
    [runId],
  );
  return rows.map(({ id }) => id);
}
