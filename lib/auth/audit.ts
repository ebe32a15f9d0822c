import { appendAudit } from "#lib/audit/append.ts";
import type { Json } from "#lib/core/json.ts";
import type { Sql } from "#lib/db/sql.ts";

/** Everything that happens around signing in, beside the actions on accounts. */
export type AuthEvent =
  | "auth.login"
  | "auth.logout"
  | "auth.step_up"
  | "auth.password_changed"
  | "auth.totp_enabled"
  | "auth.totp_disabled"
  | "auth.first_admin";

interface Entry {
  action: AuthEvent;
  /** Null when nobody could be named. */
  account: { id: string; login: string } | null;
  refused?: boolean;
  after?: Json;
  requestId: string | null;
}

/** Writes a sign-in event to the audit chain, in the transaction that does it. What was typed is never recorded. */
export async function auditAuth(
  tx: Sql,
  { action, account, refused = false, after = null, requestId }: Entry,
): Promise<void> {
  await appendAudit(tx, {
    actorId: account === null ? "anonymous" : `user:${account.id}`,
    actorLogin: account?.login ?? "anonymous",
    action,
    phase: "event",
    target: account === null ? "unknown account" : `user ${account.login}`,
    outcome: refused ? "denied" : "succeeded",
    after,
    requestId,
  });
}
