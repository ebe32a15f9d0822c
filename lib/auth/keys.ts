import { hkdfSync } from "node:crypto";
import { env } from "#lib/config/env.ts";

export type KeyPurpose = "session" | "totp" | "enrolment" | "live";

/** A 32-byte key for one purpose, derived from PLUMBLINE_SECRET: knowing one tells nothing about another. */
export function keyFor(purpose: KeyPurpose): Buffer {
  return Buffer.from(
    hkdfSync("sha256", env().PLUMBLINE_SECRET, "plumbline", `plumbline ${purpose} key`, 32),
  );
}
