import { AppError } from "#lib/core/errors.ts";
import { newId, newSecret, sha256 } from "#lib/core/ids.ts";
import { type Sql, sql } from "#lib/db/sql.ts";
import type { Role } from "./actor.ts";
import { heldRoles } from "./policy.ts";
import { TOKEN_MAX_DAYS } from "./schema.ts";

const PREFIX = "pl_";
const FORM = /^pl_[A-Za-z0-9_-]{43}$/;

/** SQL: token `t` of user `u` may act. */
const LIVE_TOKEN = "t.revoked_at IS NULL AND t.expires_at > now() AND u.disabled_at IS NULL";

export interface LiveToken {
  id: string;
  name: string;
  creator: string;
  roles: Role[];
}

/** A new token: `secret` is shown once, `hash` is stored, `prefix` recognises it in a list. */
function mintToken(): { secret: string; hash: string; prefix: string } {
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
     WHERE t.hash = $1 AND ${LIVE_TOKEN}`,
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

export interface NewToken {
  name: string;
  roles: readonly Role[];
  /** 1 to TOKEN_MAX_DAYS. */
  days: number;
  creator: { id: string; login: string; roles: readonly Role[] };
}

/** A stored token, without its secret. */
export interface ManagedToken {
  id: string;
  name: string;
  roles: Role[];
  creatorId: string;
  creator: string;
  creatorRoles: Role[];
  revoked: boolean;
}

/** Creates a token; its secret is only in the answer. Throws `forbidden` when it would hold more than its creator. */
export async function createToken(
  tx: Sql,
  token: NewToken,
): Promise<{ id: string; secret: string; expiresAt: Date }> {
  const held = heldRoles(token.creator.roles);
  const beyond = token.roles.filter((role) => !held.has(role));
  if (beyond.length > 0) {
    throw new AppError("forbidden", `${token.creator.login} does not hold ${beyond.join(", ")}`, {
      remedy: "Give the token only roles that its creator holds.",
    });
  }
  const { secret, hash, prefix } = mintToken();
  const { rows } = await tx.query<{ id: string; expiresAt: Date }>(
    `INSERT INTO api_token (id, name, prefix, hash, roles, created_by, expires_at)
     VALUES ($1::uuid, $2, $3, $4, $5, $6::uuid, now() + make_interval(days => $7::int)) RETURNING id, expires_at AS "expiresAt"`,
    [
      newId(),
      token.name,
      prefix,
      hash,
      token.roles,
      token.creator.id,
      Math.min(token.days, TOKEN_MAX_DAYS),
    ],
  );
  return { ...(rows[0] as { id: string; expiresAt: Date }), secret };
}

/** Locks the token for this transaction. Throws `not_found`. */
export async function lockToken(tx: Sql, id: string): Promise<ManagedToken> {
  const { rows } = await tx.query<ManagedToken>(
    `SELECT t.id, t.name, t.roles, u.id AS "creatorId", u.login AS creator, u.roles AS "creatorRoles", t.revoked_at IS NOT NULL AS revoked
     FROM api_token t JOIN user_account u ON u.id = t.created_by WHERE t.id = $1::uuid FOR UPDATE OF t`,
    [id],
  );
  const [token] = rows;
  if (token) return token;
  throw new AppError("not_found", `There is no token ${id}`, {
    remedy: "See Settings, Tokens, or `plumbline token list`.",
  });
}

export async function revokeToken(tx: Sql, token: ManagedToken): Promise<void> {
  await tx.query(
    "UPDATE api_token SET revoked_at = now() WHERE id = $1::uuid AND revoked_at IS NULL",
    [token.id],
  );
}

/** A new secret and expiry for the same token; the old secret is dead at once. Throws `conflict` when it was revoked. */
export async function rotateToken(
  tx: Sql,
  token: ManagedToken,
  days: number,
): Promise<{ secret: string; expiresAt: Date }> {
  if (token.revoked)
    throw new AppError("conflict", `The token ${token.name} was revoked`, {
      remedy: "Create a new token.",
    });
  const { secret, hash, prefix } = mintToken();
  const { rows } = await tx.query<{ expiresAt: Date }>(
    `UPDATE api_token SET hash = $2, prefix = $3, expires_at = now() + make_interval(days => $4::int), last_used_at = NULL
     WHERE id = $1::uuid RETURNING expires_at AS "expiresAt"`,
    [token.id, hash, prefix, Math.min(days, TOKEN_MAX_DAYS)],
  );
  return { ...(rows[0] as { expiresAt: Date }), secret };
}

/** Which of these tokens may still act: one query for all open streams. */
export async function tokensStillLive(ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT t.id FROM api_token t JOIN user_account u ON u.id = t.created_by WHERE t.id = ANY($1::uuid[]) AND ${LIVE_TOKEN}`,
    [ids],
  );
  return new Set(rows.map((row) => row.id));
}
