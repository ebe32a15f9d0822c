import { newSecret, sha256 } from "#lib/core/ids.ts";
import { type Sql, sql } from "#lib/db/sql.ts";
import type { Role } from "./actor.ts";
import { SESSION_ABSOLUTE_SECONDS, SESSION_IDLE_SECONDS } from "./cookie.ts";

/** A session that may act now, with its user. */
export interface LiveSession {
  /** sha256 of the opaque id in the cookie. */
  id: string;
  userId: string;
  login: string;
  roles: Role[];
  authAt: Date;
}

/** SQL: session `s` of user `u` may act. Judged by the database's clock: processes may disagree about the time. */
export const LIVE_SESSION = `s.revoked_at IS NULL AND s.expires_at > now() AND s.last_seen_at > now() - interval '${SESSION_IDLE_SECONDS} seconds' AND u.disabled_at IS NULL`;

/** Where a sign-in comes from, as the session list shows it. */
export interface Client {
  address: string | null;
  userAgent: string | null;
}

export interface NewSession extends Client {
  userId: string;
  via: "password" | "oidc";
  /** When the credentials were proved, as the identity provider says; now when absent. */
  authAt?: Date;
}

/** Starts a session and returns its opaque id, which only the browser's cookie keeps: we store its hash. */
export async function createSession(tx: Sql, session: NewSession): Promise<string> {
  const id = newSecret();
  await tx.query(
    `INSERT INTO session (id, user_id, auth_at, last_seen_at, expires_at, via, address, user_agent)
     VALUES ($1, $2::uuid, least(now(), coalesce($3, now())), now(), now() + interval '${SESSION_ABSOLUTE_SECONDS} seconds', $4, $5, left($6, 200))`,
    [
      sha256(id),
      session.userId,
      session.authAt ?? null,
      session.via,
      session.address,
      session.userAgent,
    ],
  );
  return id;
}

/** Ends sessions at once: their next request is refused and their event streams close. Returns how many were live. */
export async function revokeSessions(
  tx: Sql,
  which: { id: string } | { userId: string; except?: string },
): Promise<number> {
  const { rows } =
    "id" in which
      ? await tx.query(
          "UPDATE session SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id",
          [which.id],
        )
      : await tx.query(
          `UPDATE session SET revoked_at = now()
           WHERE user_id = $1::uuid AND revoked_at IS NULL AND expires_at > now() AND id IS DISTINCT FROM $2::text RETURNING id`,
          [which.userId, which.except ?? null],
        );
  return rows.length;
}

/** After credentials were proved again: a fresh opaque id replaces the old one, which is dead from now on. */
export async function renewSession(tx: Sql, sessionId: string): Promise<string> {
  const id = newSecret();
  await tx.query(
    "UPDATE session SET id = $2, auth_at = now(), last_seen_at = now() WHERE id = $1 AND revoked_at IS NULL",
    [sessionId, sha256(id)],
  );
  return id;
}

/** The session behind an opaque id, or null when it ended, was revoked or its user is disabled. Counts as activity. */
export async function useSession(opaqueId: string): Promise<LiveSession | null> {
  const { rows } = await sql.query<LiveSession & { stale: boolean }>(
    `SELECT s.id, u.id AS "userId", u.login, u.roles, s.auth_at AS "authAt", s.last_seen_at < now() - interval '1 minute' AS stale
     FROM session s JOIN user_account u ON u.id = s.user_id WHERE s.id = $1 AND ${LIVE_SESSION}`,
    [sha256(opaqueId)],
  );
  const [row] = rows;
  if (!row) return null;
  // One write a minute at most: idling is judged in minutes.
  if (row.stale)
    await sql.query(
      "UPDATE session SET last_seen_at = now() WHERE id = $1 AND revoked_at IS NULL",
      [row.id],
    );
  return { id: row.id, userId: row.userId, login: row.login, roles: row.roles, authAt: row.authAt };
}

/** Which of these sessions may still act: one query for all open streams. */
export async function stillLive(sessionIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT s.id FROM session s JOIN user_account u ON u.id = s.user_id WHERE s.id = ANY($1) AND ${LIVE_SESSION}`,
    [sessionIds],
  );
  return new Set(rows.map((row) => row.id));
}
