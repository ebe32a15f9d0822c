import type { Json } from "#lib/core/json.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { AuditLink, AuditOutcome, AuditPhase } from "./entry.ts";

const BATCH = 1_000;

interface AuditRow {
  seq: bigint;
  at: Date;
  actor_id: string;
  actor_login: string;
  action: string;
  phase: AuditPhase;
  run_id: string | null;
  source_name: string | null;
  target: string;
  reason: string | null;
  outcome: AuditOutcome | null;
  before: Json;
  after: Json;
  request_id: string | null;
  prev_hash: string;
  hash: string;
}

/** The chain from `from` on, in order, a batch at a time: its length never matters to memory. */
export async function* auditLinks(tx: Sql, from = 1n): AsyncGenerator<AuditLink> {
  let next = from;
  for (;;) {
    const { rows } = await tx.query<AuditRow>(
      `SELECT seq, at, actor_id, actor_login, action, phase, run_id, source_name, target, reason, outcome, before, after, request_id, prev_hash, hash
       FROM audit_event WHERE seq >= $1 ORDER BY seq LIMIT $2`,
      [next, BATCH],
    );
    for (const row of rows) yield toLink(row);
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return;
    next = last.seq + 1n;
  }
}

function toLink(row: AuditRow): AuditLink {
  const { actor_id, actor_login, run_id, source_name, request_id, prev_hash, ...same } = row;
  return {
    ...same,
    actorId: actor_id,
    actorLogin: actor_login,
    runId: run_id,
    sourceName: source_name,
    requestId: request_id,
    prevHash: prev_hash,
  };
}

/** The newest link's place and hash; null while the log is empty. */
export async function chainHead(tx: Sql): Promise<{ seq: bigint; hash: string } | null> {
  const { rows } = await tx.query<{ seq: bigint; hash: string }>(
    "SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1",
  );
  return rows[0] ?? null;
}
