import type { Actor } from "#lib/auth/actor.ts";
import { AppError } from "#lib/core/errors.ts";
import { MINUTE } from "#lib/core/time.ts";

const STEP_UP_MS = 5 * MINUTE;

/** For what cannot be taken back: throws `step_up_required` unless the actor proved their credentials a moment ago. */
export function requireFreshProof(title: string, actor: Pick<Actor, "authAt">): void {
  if (actor.authAt && Date.now() - actor.authAt.getTime() <= STEP_UP_MS) return;
  throw new AppError("step_up_required", `"${title}" asks for your password again`, {
    detail: "It needs credentials that were proved within the last five minutes.",
    remedy: "Confirm your password, then send the same request again.",
  });
}
