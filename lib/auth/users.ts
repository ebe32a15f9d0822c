import { AppError } from "#lib/core/errors.ts";
import { newId } from "#lib/core/ids.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { Role } from "./actor.ts";
import { hashPassword, randomPassword } from "./passwords.ts";
import { revokeSessions } from "./sessions.ts";

/** A managed account, without its secrets. */
export interface ManagedUser {
  id: string;
  login: string;
  name: string;
  roles: Role[];
  oidc: boolean;
  disabled: boolean;
}

export interface NewUser {
  login: string;
  name: string;
  roles: readonly Role[];
}

/** Creates a local account with a random password, which only the answer holds. Throws `conflict` when the login is taken. */
export async function createUser(
  tx: Sql,
  user: NewUser,
): Promise<{ id: string; password: string }> {
  const password = randomPassword();
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO user_account (id, login, name, roles, password_hash) VALUES ($1::uuid, $2, $3, $4, $5)
     ON CONFLICT (login) DO NOTHING RETURNING id`,
    [newId(), user.login, user.name, user.roles, await hashPassword(password)],
  );
  const [created] = rows;
  if (created) return { id: created.id, password };
  throw new AppError("conflict", `The login ${user.login} is taken`, {
    remedy: "Choose another login.",
  });
}

/**
 * The account, for changing it: until this transaction ends no other account can be changed, so that two admins cannot
 * remove each other at the same moment. Throws `not_found`.
 */
export async function lockUser(
  tx: Sql,
  by: { id: string } | { login: string },
): Promise<ManagedUser> {
  await tx.query("SELECT 1 FROM pg_advisory_xact_lock(hashtext('plumbline.accounts'))");
  const [column, value] = "id" in by ? ["id::text", by.id] : ["login", by.login];
  const { rows } = await tx.query<ManagedUser>(
    `SELECT id, login, name, roles, issuer IS NOT NULL AS oidc, disabled_at IS NOT NULL AS disabled
     FROM user_account WHERE ${column} = $1 FOR UPDATE`,
    [value],
  );
  const [user] = rows;
  if (user) return user;
  throw new AppError("not_found", `There is no account ${value}`, {
    remedy: "See Settings, Users, or `plumbline user list`.",
  });
}

/** Refuses new sign-ins, ends the account's sessions and stops its tokens. The last admin stays. */
export async function disableUser(tx: Sql, user: ManagedUser): Promise<void> {
  await assertAdminRemains(tx, user, []);
  await tx.query(
    "UPDATE user_account SET disabled_at = now() WHERE id = $1::uuid AND disabled_at IS NULL",
    [user.id],
  );
  await revokeSessions(tx, { userId: user.id });
}

export async function enableUser(tx: Sql, user: ManagedUser): Promise<void> {
  await tx.query("UPDATE user_account SET disabled_at = NULL WHERE id = $1::uuid", [user.id]);
}

/** Takes effect with the account's next request. Refused for accounts whose roles an identity provider decides. */
export async function setRoles(tx: Sql, user: ManagedUser, roles: readonly Role[]): Promise<void> {
  if (user.oidc)
    throw decidedElsewhere(user, "roles", "Change its groups there, or OIDC_ROLE_MAP.");
  await assertAdminRemains(tx, user, roles);
  await tx.query("UPDATE user_account SET roles = $2 WHERE id = $1::uuid", [user.id, roles]);
}

/** A new random password, returned once; open sessions end. `removeTotp` helps whoever lost the authenticator. */
export async function resetPassword(
  tx: Sql,
  user: ManagedUser,
  removeTotp: boolean,
): Promise<string> {
  if (user.oidc) throw decidedElsewhere(user, "password", "Reset it there.");
  const password = randomPassword();
  await tx.query(
    `UPDATE user_account SET password_hash = $2, totp_secret = CASE WHEN $3 THEN NULL ELSE totp_secret END WHERE id = $1::uuid`,
    [user.id, await hashPassword(password), removeTotp],
  );
  await revokeSessions(tx, { userId: user.id });
  return password;
}

async function assertAdminRemains(
  tx: Sql,
  user: ManagedUser,
  next: readonly Role[],
): Promise<void> {
  if (!user.roles.includes("admin") || next.includes("admin") || user.disabled) return;
  const { rows } = await tx.query<{ id: string }>(
    "SELECT id FROM user_account WHERE 'admin' = ANY(roles) AND disabled_at IS NULL",
  );
  if (rows.some((admin) => admin.id !== user.id)) return;
  throw new AppError("precondition_failed", `${user.login} is the last active admin`, {
    detail: "Nobody could manage accounts afterwards.",
    remedy: "Make somebody else an admin first.",
  });
}

function decidedElsewhere(user: ManagedUser, what: string, remedy: string): AppError {
  return new AppError(
    "precondition_failed",
    `The ${what} of ${user.login} cannot be changed here`,
    {
      detail: "The account belongs to an identity provider.",
      remedy,
    },
  );
}
