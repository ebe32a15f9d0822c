import { AppError } from "#lib/core/errors.ts";
import { type Sql, sql, transaction } from "#lib/db/sql.ts";
import { type Account, accountById, accountByLogin, normalLogin } from "./accounts.ts";
import { auditAuth, type AuthEvent } from "./audit.ts";
import { passwordFits } from "./passwords.ts";
import { attemptSucceeded, attemptUnfinished, beginAttempt } from "./throttle.ts";
import { useTotpCode } from "./totp.ts";

/** What somebody typed to prove who they are. */
export interface Proof {
  password?: string | undefined;
  totp?: string | undefined;
}

export interface Attempt {
  action: AuthEvent;
  address: string | null;
  requestId: string | null;
}

/**
 * Checks login, password and (where set up) the one-time code, then runs `then` in one transaction with its audit event.
 * A wrong login, a wrong password, a wrong code and a disabled account look the same from outside.
 * Throws `rate_limited`, `unauthenticated`, or `totp_required` when only the code is missing.
 */
export async function proveLogin<T>(
  login: string,
  proof: Proof,
  attempt: Attempt,
  then: (tx: Sql, account: Account) => Promise<T>,
): Promise<T> {
  const name = normalLogin(login);
  await beginAttempt(name, attempt.address);
  const account = await accountByLogin(sql, name);
  const fits = await passwordFits(account?.passwordHash ?? null, proof.password ?? "");
  if (account === null || !fits || account.disabled) return refuse(account, attempt);
  if (account.totpSecret !== null && (proof.totp ?? "") === "") {
    await attemptUnfinished(name, attempt.address);
    throw new AppError("totp_required", "A one-time code is needed", {
      remedy: "Enter the six digits that your authenticator shows.",
    });
  }
  return finish(account, account.totpSecret === null ? undefined : proof.totp, attempt, then);
}

/**
 * Proves again that it is still the same person. The password or, where set up, a one-time code suffices;
 * whatever is given has to fit. Throws `rate_limited`, `unauthenticated`, or `forbidden` when there is nothing to prove with.
 */
export async function proveAgain<T>(
  userId: string,
  proof: Proof,
  attempt: Attempt,
  then: (tx: Sql, account: Account) => Promise<T>,
): Promise<T> {
  const account = await accountById(sql, userId);
  if (account === null || account.passwordHash === null) throw proveAtProvider();
  await beginAttempt(account.login, attempt.address);
  const { password, totp } = proof;
  if (password === undefined && totp === undefined) return refuse(account, attempt);
  if (password !== undefined && !(await passwordFits(account.passwordHash, password)))
    return refuse(account, attempt);
  return finish(account, totp, attempt, then);
}

async function finish<T>(
  account: Account,
  code: string | undefined,
  attempt: Attempt,
  then: (tx: Sql, account: Account) => Promise<T>,
): Promise<T> {
  const done = await transaction(async (tx) => {
    if (code !== undefined && !(await codeFits(tx, account, code))) return { ok: false } as const;
    const result = await then(tx, account);
    await attemptSucceeded(tx, account.login, attempt.address);
    await auditAuth(tx, { action: attempt.action, account, requestId: attempt.requestId });
    return { ok: true, result } as const;
  });
  return done.ok ? done.result : refuse(account, attempt);
}

async function codeFits(tx: Sql, account: Account, code: string): Promise<boolean> {
  return (
    account.totpSecret !== null &&
    useTotpCode(tx, { id: account.id, totpSecret: account.totpSecret }, code, account.now)
  );
}

async function refuse(account: Account | null, attempt: Attempt): Promise<never> {
  await transaction((tx) =>
    auditAuth(tx, { action: attempt.action, account, refused: true, requestId: attempt.requestId }),
  );
  throw new AppError("unauthenticated", "That does not fit", {
    detail: "The login, the password or the one-time code is wrong, or the account is disabled.",
    remedy: "Check them and try again; an administrator can reset the password.",
  });
}

function proveAtProvider(): AppError {
  return new AppError("forbidden", "This account signs in at an identity provider", {
    detail: "It has no password here.",
    remedy: "Sign out and sign in again there, then repeat the action.",
  });
}
