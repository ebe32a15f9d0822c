import type { Actor } from "#lib/auth/actor.ts";
import { can } from "#lib/auth/policy.ts";
import { redactText } from "#lib/core/redact.ts";
import type { Sql } from "#lib/db/sql.ts";

/** What a reveal grant names: one dead letter. */
export const revealTarget = (id: string): string => `letter ${id}`;

/** Whether an audited action lets this person see the letter unmasked right now. */
export async function isRevealed(
  on: Sql,
  actorId: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const { rows } = await on.query(
    "SELECT 1 FROM reveal_grant WHERE actor_id = $1 AND target = $2 AND expires_at > $3 LIMIT 1",
    [actorId, revealTarget(id), now],
  );
  return rows.length > 0;
}

/** A reason as this person may read it: who wrote it may have seen payloads. */
export const reasonFor = (actor: Actor, reason: string): string =>
  can(actor, "deadletters.reveal") ? reason : redactText(reason);
