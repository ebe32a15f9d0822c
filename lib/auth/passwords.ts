import { hash, verify } from "@node-rs/argon2";
import { AppError } from "#lib/core/errors.ts";
import { newSecret } from "#lib/core/ids.ts";

const MIN_LENGTH = 12;
/** Long enough for any passphrase, short enough that hashing stays cheap. */
const MAX_LENGTH = 200;

/** argon2id with the library's defaults, which follow OWASP's (19 MiB, 2 passes). */
export function hashPassword(password: string): Promise<string> {
  return hash(password);
}

/** A password for somebody else to sign in with once and change. */
export function randomPassword(): string {
  return newSecret(15);
}

const STAND_IN = Symbol.for("plumbline.passwords.standIn");
const holder = globalThis as unknown as { [STAND_IN]?: Promise<string> };

/** Whether the password fits. Takes as long when there is no hash, so that nobody learns which accounts exist. */
export async function passwordFits(stored: string | null, password: string): Promise<boolean> {
  holder[STAND_IN] ??= hashPassword(newSecret());
  const fits = await verify(stored ?? (await holder[STAND_IN]), password.slice(0, MAX_LENGTH + 1));
  return stored !== null && fits;
}

/** Throws `validation_failed` when a new password is too easy to guess. */
export function assertGoodPassword(password: string, login: string): void {
  const wrong = weakness(password, login);
  if (wrong === null) return;
  throw new AppError("validation_failed", "The new password cannot be used", {
    detail: wrong,
    remedy: `Choose ${MIN_LENGTH} to ${MAX_LENGTH} characters; a few unrelated words are good.`,
    fields: { password: wrong },
  });
}

function weakness(password: string, login: string): string | null {
  if (password.length < MIN_LENGTH) return `It is shorter than ${MIN_LENGTH} characters.`;
  if (password.length > MAX_LENGTH) return `It is longer than ${MAX_LENGTH} characters.`;
  if (password.toLowerCase().includes(login.toLowerCase())) return "It contains your login.";
  if (new Set(password).size < 5) return "It repeats too few characters.";
  return null;
}
