import type { claim } from "#lib/signals/deadletters/transition.ts";

/** As `claim`, but it gives letters to whoever asks, whoever has them. For tests that prove that they would notice. */
export const claimAnything: typeof claim = async (tx, ids, _from, { holder, by, reason }) => {
  const { runId = null, redriveId = null } = { ...holder } as {
    runId?: string;
    redriveId?: string;
  };
  await tx.query(
    `UPDATE deadletters_letter SET state = 'claimed', state_at = now(), claimed_from = 'dead', run_id = $2::uuid,
       redrive_id = $3::uuid, acted_by = $4, acted_reason = $5, outcome = NULL, outcome_at = NULL
     WHERE id = ANY($1::bigint[])`,
    [ids.map(String), runId, redriveId, by, reason],
  );
  return [...ids];
};
