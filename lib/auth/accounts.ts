import type { Sql } from "#lib/db/sql.ts";
import type { Role } from "./actor.ts";

/** An account as sign-in needs it; secrets included, so it never leaves lib/auth. */
export interface Account {
  id: string;
  login: string;
  roles: Role[];
  passwordHash: string | null;
  totpSecret: string | null;
  disabled: boolean;
  /** The database's clock: processes may disagree about the time. */
  now: Date;
}

const COLUMNS = `id, login, roles, password_hash AS "passwordHash", totp_secret AS "totpSecret", disabled_at IS NOT NULL AS disabled, now() AS now`;

/** Logins are compared in one form: lower case, no space around. */
export function normalLogin(login: string): string {
  return login.trim().toLowerCase();
}

export async function accountByLogin(tx: Sql, login: string): Promise<Account | null> {
  const { rows } = await tx.query<Account>(`SELECT ${COLUMNS} FROM user_account WHERE login = $1`, [
    normalLogin(login),
  ]);
  return rows[0] ?? null;
}

export async function accountById(tx: Sql, id: string): Promise<Account | null> {
  const { rows } = await tx.query<Account>(
    `SELECT ${COLUMNS} FROM user_account WHERE id = $1::uuid`,
    [id],
  );
  return rows[0] ?? null;
}

/** An account at an identity provider: issuer and subject together, never an e-mail address. */
export async function accountByIdentity(
  tx: Sql,
  issuer: string,
  subject: string,
): Promise<Account | null> {
  const { rows } = await tx.query<Account>(
    `SELECT ${COLUMNS} FROM user_account WHERE issuer = $1 AND subject = $2`,
    [issuer, subject],
  );
  return rows[0] ?? null;
}
