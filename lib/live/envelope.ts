import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { keyFor } from "#lib/auth/keys.ts";
import { AppError } from "#lib/core/errors.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what passes through Redis, so that nothing readable shows in its memory, its slow log or MONITOR (AES-256-GCM).
 * `label` names the place the text belongs to: it opens nowhere else.
 */
export function seal(value: unknown, label: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyFor("live"), nonce).setAAD(Buffer.from(label));
  const body = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
}

/** The value behind `seal`. Throws `bad_request` when the text was made with another secret, for another place, or changed. */
export function unseal(sealed: string, label: string): unknown {
  try {
    const bytes = Buffer.from(sealed, "base64");
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", keyFor("live"), nonce)
      .setAAD(Buffer.from(label))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    return JSON.parse(decipher.update(body, undefined, "utf8") + decipher.final("utf8"));
  } catch (cause) {
    throw new AppError("bad_request", "A sealed message could not be opened", {
      remedy: "Give `web` and `worker` the same PLUMBLINE_SECRET.",
      cause,
    });
  }
}
