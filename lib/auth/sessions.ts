import { newSecret, sha256 } from "#lib/core/ids.ts";
import { sql } from "#lib/db/sql.ts";
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

/** Judged by the database's clock: processes may disagree about the time. */
const LIVE = `s.revoked_at IS NULL AND s.expires_at > now() AND s.last_seen_at > now() - interval '${SESSION_IDLE_SECONDS} seconds' AND u.disabled_at IS NULL`;

export interface NewSession {
  userId: string;
  via: "password" | "oidc";
  address: string | null;
  userAgent: string | null;
}

/** Starts a session and returns its opaque id, which only the browser's cookie keeps: we store its hash. */
export async function createSession(session: NewSession): Promise<string> {
  const id = newSecret();
  await sql.query(
    `INSERT INTO session (id, user_id, auth_at, last_seen_at, expires_at, via, address, user_agent)
     VALUES ($1, $2::uuid, now(), now(), now() + interval '${SESSION_ABSOLUTE_SECONDS} seconds', $3, $4, left($5, 200))`,
    [sha256(id), session.userId, session.via, session.address, session.userAgent],
  );
  return id;
}

/** The session behind an opaque id, or null when it ended, was revoked or its user is disabled. Counts as activity. */
export async function useSession(opaqueId: string): Promise<LiveSession | null> {
  const { rows } = await sql.query<LiveSession & { stale: boolean }>(
    `SELECT s.id, u.id AS "userId", u.login, u.roles, s.auth_at AS "authAt", s.last_seen_at < now() - interval '1 minute' AS stale
     FROM session s JOIN user_account u ON u.id = s.user_id WHERE s.id = $1 AND ${LIVE}`,
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
    `SELECT s.id FROM session s JOIN user_account u ON u.id = s.user_id WHERE s.id = ANY($1) AND ${LIVE}`,
    [sessionIds],
  );
  return new Set(rows.map((row) => row.id));
}
