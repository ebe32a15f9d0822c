import { toJson } from "#lib/core/json.ts";
import type { Sql } from "#lib/db/sql.ts";
import { type AuditEntry, GENESIS, hashLink, storable } from "./entry.ts";

/** Serialises writers of the chain until they commit: sequence numbers have no gaps. */
const CHAIN_LOCK = "SELECT 1 FROM pg_advisory_xact_lock(hashtext('plumbline.audit'))";

/**
 * Adds one event to the audit chain inside the caller's transaction: what is done and its record commit together.
 * Call it last, since other writers wait for the commit. With a Prisma transaction, pass `sqlIn(tx)`.
 */
export async function appendAudit(
  tx: Sql,
  entry: AuditEntry,
): Promise<{ seq: bigint; hash: string }> {
  await tx.query(CHAIN_LOCK);
  const { rows } = await tx.query<{ seq: bigint; hash: string; at: Date }>(
    `SELECT coalesce(last.seq, 0) AS seq, coalesce(last.hash, '${GENESIS}') AS hash, date_trunc('milliseconds', clock_timestamp()) AS at
     FROM (SELECT) one LEFT JOIN (SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1) last ON true`,
  );
  const last = rows[0] as { seq: bigint; hash: string; at: Date };
  const safe = storable(toJson(entry)) as unknown as AuditEntry;
  const link = { ...safe, seq: last.seq + 1n, at: last.at, prevHash: last.hash };
  const hash = hashLink(link);
  await tx.query(
    `INSERT INTO audit_event (seq, at, actor_id, actor_login, action, phase, run_id, source_name, target, reason, outcome, before, after, request_id, prev_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7::uuid, $8, $9, $10, $11, $12::jsonb, $13::jsonb, $14, $15, $16)`,
    [
      link.seq,
      link.at,
      link.actorId,
      link.actorLogin,
      link.action,
      link.phase,
      link.runId ?? null,
      link.sourceName ?? null,
      link.target,
      link.reason ?? null,
      link.outcome ?? null,
      jsonb(link.before),
      jsonb(link.after),
      link.requestId ?? null,
      link.prevHash,
      hash,
    ],
  );
  return { seq: link.seq, hash };
}

/** JSON null and "not given" are the same: SQL NULL. */
function jsonb(value: AuditEntry["before"]): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
