import type { z } from "zod";
import type { Actor } from "#lib/auth/actor.ts";
import { can } from "#lib/auth/policy.ts";
import { AppError } from "#lib/core/errors.ts";
import type { Json } from "#lib/core/json.ts";
import { type Sql, sql } from "#lib/db/sql.ts";
import type { Run, RunError, runListParamsSchema, RunState } from "./schema.ts";

interface RunRow {
  id: string;
  name: string;
  state: RunState;
  actor_id: string;
  actor_login: string;
  request_hash: string;
  source_id: string | null;
  source_name: string | null;
  target: string;
  reason: string;
  created_at: Date;
  finished_at: Date | null;
  result: Json;
  error: RunError | null;
}

const SELECT = `SELECT r.id, r.name, r.state, r.actor_id, r.actor_login, r.request_hash, r.source_id, s.name AS source_name, r.target, r.reason,
  r.created_at, r.finished_at, r.result, r.error FROM action_run r LEFT JOIN source s ON s.id = r.source_id`;

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    actorLogin: row.actor_login,
    source: row.source_id && row.source_name ? { id: row.source_id, name: row.source_name } : null,
    target: row.target,
    reason: row.reason,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    result: row.result,
    error: row.error,
  };
}

/** The run that this actor already submitted under this key, with the hash of what was submitted. */
export async function runOfKey(
  tx: Sql,
  actorId: string,
  key: string,
): Promise<{ run: Run; requestHash: string } | null> {
  const { rows } = await tx.query<RunRow>(
    `${SELECT} WHERE r.actor_id = $1 AND r.idempotency_key = $2`,
    [actorId, key],
  );
  return rows[0] ? { run: toRun(rows[0]), requestHash: rows[0].request_hash } : null;
}

export async function runById(tx: Sql, id: string): Promise<Run> {
  const { rows } = await tx.query<RunRow>(`${SELECT} WHERE r.id = $1`, [id]);
  if (!rows[0]) throw new AppError("not_found", "There is no such action run");
  return toRun(rows[0]);
}

/** One run, for its own actor or a reader of the audit log. Anybody else learns nothing, not even that it exists. */
export async function readRun(actor: Actor, id: string): Promise<Run> {
  const { rows } = await sql.query<RunRow>(`${SELECT} WHERE r.id = $1`, [id]);
  const row = rows[0];
  if (!row || (row.actor_id !== actor.id && !can(actor, "audit.read")))
    throw new AppError("not_found", "There is no such action run");
  return toRun(row);
}

/** The newest runs on one target; those of other people only for readers of the audit log. */
export async function listRuns(
  actor: Actor,
  { source, target, limit }: z.output<typeof runListParamsSchema>,
): Promise<{ runs: Run[] }> {
  const { rows } = await sql.query<RunRow>(
    `${SELECT} WHERE r.source_id = (SELECT id FROM source WHERE name = $1 OR id::text = $1) AND r.target = $2
       AND ($3 OR r.actor_id = $4) ORDER BY r.created_at DESC LIMIT $5`,
    [source, target, can(actor, "audit.read"), actor.id, limit],
  );
  return { runs: rows.map(toRun) };
}
