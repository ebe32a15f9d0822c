import encodeQr from "qr";
import { AppError } from "#lib/core/errors.ts";
import { type Sql, sql } from "#lib/db/sql.ts";
import { accountById } from "./accounts.ts";
import type { Actor } from "./actor.ts";
import { proveAgain, type Attempt, type Proof } from "./credentials.ts";
import { assertGoodPassword, hashPassword } from "./passwords.ts";
import { type Person, personOf } from "./person.ts";
import { seal, unseal } from "./seal.ts";
import { renewSession, revokeSessions } from "./sessions.ts";
import { offerTotp, sealTotpSecret, totpStep } from "./totp.ts";

/**
 * What people change about their own credentials. These are not actions: an action keeps its input and asks for a reason,
 * and neither fits a password. Each proves the person again and leaves an audit event in the same transaction.
 */
export interface OwnChange {
  actor: Actor;
  address: string | null;
  requestId: string;
}

/** Proves again that it is still the same person; dangerous actions ask for it. Returns the session's new opaque id. */
export function stepUp(change: OwnChange, proof: Proof): Promise<string> {
  const person = personOf(change.actor);
  return proveAgain(person.userId, proof, attempt(change, "auth.step_up"), (tx) =>
    renewSession(tx, person.sessionId),
  );
}

/** Changes the password and ends all other sessions. Returns the session's new opaque id. */
export async function changePassword(
  change: OwnChange,
  current: string,
  next: string,
): Promise<string> {
  const person = personOf(change.actor);
  assertGoodPassword(next, change.actor.login);
  const hash = await hashPassword(next);
  return proveAgain(
    person.userId,
    { password: current },
    attempt(change, "auth.password_changed"),
    async (tx) => {
      await tx.query("UPDATE user_account SET password_hash = $2 WHERE id = $1::uuid", [
        person.userId,
        hash,
      ]);
      return afterChange(tx, person);
    },
  );
}

export interface TotpSetup {
  /** Base32, to type by hand. */
  secret: string;
  /** The `otpauth://` address as a QR code: the path of its dark squares in a box of `size` × `size`. */
  qr: { size: number; path: string };
  /** The secret once more, sealed for this person: send it back with the first code. Nothing is stored until then. */
  sealed: string;
}

export function beginTotp({ actor }: Pick<OwnChange, "actor">): TotpSetup {
  const { userId } = personOf(actor);
  const { secret, uri } = offerTotp(actor.login);
  return { secret, qr: qrPath(uri), sealed: seal(secret, "enrolment", userId) };
}

/** Turns one-time codes on, once the authenticator has shown that it knows the secret. Returns the session's new opaque id. */
export async function enableTotp(
  change: OwnChange,
  input: { sealed: string; code: string; password: string },
): Promise<string> {
  const person = personOf(change.actor);
  const secret = unseal(input.sealed, "enrolment", person.userId);
  const account = await accountById(sql, person.userId);
  const step =
    secret === null || account === null ? null : totpStep(secret, input.code, account.now);
  if (secret === null || step === null) throw wrongFirstCode();
  const sealed = sealTotpSecret(secret, person.userId);
  return proveAgain(
    person.userId,
    { password: input.password },
    attempt(change, "auth.totp_enabled"),
    async (tx) => {
      await tx.query(
        "UPDATE user_account SET totp_secret = $2, totp_last_step = $3 WHERE id = $1::uuid",
        [person.userId, sealed, step],
      );
      return afterChange(tx, person);
    },
  );
}

/** Turns one-time codes off; asks for the password and a code, so that neither alone suffices. Returns the session's new opaque id. */
export function disableTotp(change: OwnChange, proof: Required<Proof>): Promise<string> {
  const person = personOf(change.actor);
  return proveAgain(person.userId, proof, attempt(change, "auth.totp_disabled"), async (tx) => {
    await tx.query("UPDATE user_account SET totp_secret = NULL WHERE id = $1::uuid", [
      person.userId,
    ]);
    return afterChange(tx, person);
  });
}

/** Whoever held the old credentials is out; the person who changed them goes on under a fresh session id. */
async function afterChange(tx: Sql, { userId, sessionId }: Person): Promise<string> {
  await revokeSessions(tx, { userId, except: sessionId });
  return renewSession(tx, sessionId);
}

function attempt({ address, requestId }: OwnChange, action: Attempt["action"]): Attempt {
  return { action, address, requestId };
}

function wrongFirstCode(): AppError {
  return new AppError("validation_failed", "The code does not fit the new secret", {
    remedy: "Scan the QR code again and enter the six digits that are shown now.",
    fields: { code: "Does not fit" },
  });
}

function qrPath(text: string): TotpSetup["qr"] {
  const rows = encodeQr(text, "raw", { border: 2 });
  const squares = rows.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return { size: rows.length, path: squares.join("") };
}
