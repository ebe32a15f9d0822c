import { newSecret, sha256 } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
import type { Role } from "./actor.ts";
import { heldRoles } from "./policy.ts";

const PREFIX = "pl_";
const FORM = /^pl_[A-Za-z0-9_-]{43}$/;

export interface LiveToken {
  id: string;
  name: string;
  creator: string;
  roles: Role[];
}

/** A new token: `secret` is shown once, `hash` is stored, `prefix` recognises it in a list. */
export function mintToken(): { secret: string; hash: string; prefix: string } {
  const secret = PREFIX + newSecret();
  return { secret, hash: sha256(secret), prefix: secret.slice(0, PREFIX.length + 6) };
}

/**
 * The token behind a secret, or null when it is unknown, expired, revoked or its creator is disabled.
 * A token never outgrows its creator: roles the creator has lost are gone from it too.
 */
export async function useToken(secret: string): Promise<LiveToken | null> {
  if (!FORM.test(secret)) return null;
  const { rows } = await sql.query<LiveToken & { creatorRoles: Role[]; stale: boolean }>(
    `SELECT t.id, t.name, u.login AS creator, t.roles, u.roles AS "creatorRoles",
            coalesce(t.last_used_at < now() - interval '1 minute', true) AS stale
     FROM api_token t JOIN user_account u ON u.id = t.created_by
     WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now() AND u.disabled_at IS NULL`,
    [sha256(secret)],
  );
  const [row] = rows;
  if (!row) return null;
  if (row.stale)
    await sql.query("UPDATE api_token SET last_used_at = now() WHERE id = $1::uuid", [row.id]);
  const allowed = heldRoles(row.creatorRoles);
  return {
    id: row.id,
    name: row.name,
    creator: row.creator,
    roles: row.roles.filter((role) => allowed.has(role)),
  };
}
