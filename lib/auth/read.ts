import { sql } from "#lib/db/sql.ts";
import type { Actor } from "./actor.ts";
import { personOf } from "./person.ts";
import { LIVE_SESSION } from "./sessions.ts";
import type { Me, SessionRow, TokenRow, UserRow } from "./schema.ts";

/** Settings lists are for people; nobody scrolls further than this. */
const MOST = 1_000;

/** Timestamps as ISO text in UTC, as every answer has them. */
function iso(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export async function listUsers(): Promise<UserRow[]> {
  const { rows } = await sql.query<UserRow>(
    `SELECT u.id, u.login, u.name, u.roles, CASE WHEN u.issuer IS NULL THEN 'password' ELSE 'oidc' END AS via,
            u.totp_secret IS NOT NULL AS totp, ${iso("u.disabled_at")} AS "disabledAt", ${iso("u.created_at")} AS "createdAt",
            ${iso("max(s.last_seen_at)")} AS "lastSeenAt"
     FROM user_account u LEFT JOIN session s ON s.user_id = u.id GROUP BY u.id ORDER BY u.login LIMIT ${MOST}`,
  );
  return rows;
}

/** Live sessions: all of them, or one person's. */
export async function listSessions(actor: Actor, whose: "all" | "own"): Promise<SessionRow[]> {
  const owner = whose === "own" ? personOf(actor).userId : null;
  const { rows } = await sql.query<SessionRow>(
    `SELECT s.id, s.user_id AS "userId", u.login, s.via, s.address, s.user_agent AS "userAgent", ${iso("s.created_at")} AS "createdAt",
            ${iso("s.last_seen_at")} AS "lastSeenAt", ${iso("s.expires_at")} AS "expiresAt", s.id IS NOT DISTINCT FROM $2 AS current
     FROM session s JOIN user_account u ON u.id = s.user_id
     WHERE ${LIVE_SESSION} AND ($1::uuid IS NULL OR s.user_id = $1::uuid)
     ORDER BY s.last_seen_at DESC LIMIT ${MOST}`,
    [owner, actor.sessionId],
  );
  return rows;
}

export async function listTokens(): Promise<TokenRow[]> {
  const { rows } = await sql.query<TokenRow>(
    `SELECT t.id, t.name, t.prefix, t.roles, u.login AS "createdBy", ${iso("t.created_at")} AS "createdAt", ${iso("t.expires_at")} AS "expiresAt",
            ${iso("t.last_used_at")} AS "lastUsedAt", ${iso("t.revoked_at")} AS "revokedAt",
            CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired'
                 WHEN u.disabled_at IS NOT NULL THEN 'creator_disabled' ELSE 'live' END AS state
     FROM api_token t JOIN user_account u ON u.id = t.created_by ORDER BY t.created_at DESC LIMIT ${MOST}`,
  );
  return rows;
}

/** Who asks, as they see themselves. */
export async function readMe(actor: Actor): Promise<Me> {
  const { id, login, roles, via, authAt } = actor;
  const me = { id, login, roles: [...roles], via, authAt: authAt?.toISOString() ?? null };
  if (via !== "session") return { ...me, profile: null };
  const { rows } = await sql.query<NonNullable<Me["profile"]>>(
    `SELECT name, password_hash IS NOT NULL AS "hasPassword", totp_secret IS NOT NULL AS totp FROM user_account WHERE id = $1::uuid`,
    [personOf(actor).userId],
  );
  return { ...me, profile: rows[0] ?? null };
}
