import { Secret, TOTP } from "otpauth";
import type { Sql } from "#lib/db/sql.ts";
import { seal, unseal } from "./seal.ts";

const PERIOD_SECONDS = 30;
/** Steps either side of now that are accepted: phones' clocks drift. */
const WINDOW = 1;

export interface TotpOffer {
  /** Base32, for typing into an authenticator by hand. */
  secret: string;
  /** `otpauth://…`, for its QR code. */
  uri: string;
}

/** A fresh secret for somebody's authenticator; nothing is stored yet. */
export function offerTotp(login: string): TotpOffer {
  const totp = totpOf(new Secret({ size: 20 }).base32, login);
  return { secret: totp.secret.base32, uri: totp.toString() };
}

export function sealTotpSecret(secret: string, userId: string): string {
  return seal(secret, "totp", userId);
}

/** The time step a code belongs to, or null when it fits no step near `at`. */
export function totpStep(secret: string, code: string, at: Date): bigint | null {
  const digits = code.replaceAll(/\s/g, "");
  if (!/^\d{6}$/.test(digits)) return null;
  const delta = totpOf(secret, "").validate({
    token: digits,
    timestamp: at.getTime(),
    window: WINDOW,
  });
  return delta === null ? null : BigInt(Math.floor(at.getTime() / 1000 / PERIOD_SECONDS) + delta);
}

/** Accepts a code once: the same code, or an older one, is refused afterwards, also when two requests race. */
export async function useTotpCode(
  tx: Sql,
  user: { id: string; totpSecret: string },
  code: string,
  at: Date,
): Promise<boolean> {
  const secret = unseal(user.totpSecret, "totp", user.id);
  const step = secret === null ? null : totpStep(secret, code, at);
  if (step === null) return false;
  const { rows } = await tx.query(
    "UPDATE user_account SET totp_last_step = $2 WHERE id = $1::uuid AND (totp_last_step IS NULL OR totp_last_step < $2) RETURNING id",
    [user.id, step],
  );
  return rows.length === 1;
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({
    issuer: "Plumbline",
    label,
    secret: Secret.fromBase32(secret),
    digits: 6,
    period: PERIOD_SECONDS,
  });
}
