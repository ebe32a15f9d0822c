import { sha256 } from "#lib/core/ids.ts";
import { canonicalJson, type Json } from "#lib/core/json.ts";

/** `intent`: asked for. `outcome`: what became of it. `event`: anything else, such as a sign-in or a refusal. */
export type AuditPhase = "intent" | "outcome" | "event";

export type AuditOutcome =
  | "succeeded"
  | "confirmed_by_reading_back"
  | "failed"
  | "outcome_unknown"
  | "denied";

/** What callers hand in; sequence, time and hashes are the log's own. No secrets, no raw payloads. */
export interface AuditEntry {
  actorId: string;
  actorLogin: string;
  /** Action name, or `auth.*` for sign-in events. */
  action: string;
  phase: AuditPhase;
  target: string;
  runId?: string | null;
  sourceName?: string | null;
  reason?: string | null;
  outcome?: AuditOutcome | null;
  before?: Json;
  after?: Json;
  requestId?: string | null;
}

/** One link of the chain, as stored. */
export interface AuditLink extends AuditEntry {
  seq: bigint;
  at: Date;
  prevHash: string;
  hash: string;
}

/** What the first row's `prevHash` holds. */
export const GENESIS = "0".repeat(64);

/**
 * sha256 over the canonical JSON of every field that is set, the hash before it included.
 * Leaving unset fields out lets later versions add columns without breaking old links.
 */
export function hashLink({
  hash: _own,
  ...link
}: Omit<AuditLink, "hash"> & { hash?: string }): string {
  const set = Object.entries(link).filter(([, value]) => value !== null && value !== undefined);
  return sha256(canonicalJson(Object.fromEntries(set)));
}

/** Text the database can hold: without NUL and lone surrogates, which Postgres refuses. */
export function storable<T extends Json | undefined>(value: T): T {
  if (typeof value === "string") return value.replaceAll("\0", "\uFFFD").toWellFormed() as T;
  if (Array.isArray(value)) return value.map((member) => storable(member)) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [storable(key), storable(member)]),
  ) as T;
}
