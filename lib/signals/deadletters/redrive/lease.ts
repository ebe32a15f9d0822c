import { newId } from "#lib/core/ids.ts";
import { SECOND } from "#lib/core/time.ts";
import { type Sql, sql } from "#lib/db/sql.ts";
import type { RedriveState } from "../states.ts";

/** A worker that says nothing for this long has lost its redrives to the others. */
const LEASE_MS = 12 * SECOND;

/** A redrive that this worker alone may carry on until its lease ends. */
export interface LeasedRedrive {
  id: string;
  sourceId: string;
  sourceName: string;
  /** `prefix:name`. */
  queueKey: string;
  queueId: number;
  target: string | null;
  resetAttempts: boolean;
  total: number;
  canary: number;
  stopRatio: number;
  actorLogin: string;
  reason: string;
  labels: Readonly<Record<string, string>>;
  token: string;
  /** Which lease this is, counted from 1. */
  lease: number;
}

/** What may change at any moment, by its people. */
export interface Standing {
  state: RedriveState;
  heldFor: "canary" | "breaker" | "queue" | null;
  rate: number;
  note: string | null;
  passedCanary: boolean;
  ignoresBreaker: boolean;
  /** Since the last letter was sent; null before the first. */
  idleMs: number | null;
  items: Readonly<Record<string, number>>;
  outcomes: Readonly<Record<string, number>>;
}

/** Thrown when another worker took the redrive over. */
const LEASE_LOST = "lease_lost";
export const isLeaseLost = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === LEASE_LOST;

/** Takes the redrive that has waited longest for somebody to carry it on; null when there is none. */
export async function leaseRedrive(): Promise<LeasedRedrive | null> {
  const token = newId();
  const { rows } = await sql.query<LeasedRedrive>(
    `UPDATE deadletters_redrive r
     SET lease_token = $1::uuid, lease_until = now() + $2::int * interval '1 ms', leases = r.leases + 1, heartbeat_at = now()
     FROM (SELECT id FROM deadletters_redrive WHERE finished_at IS NULL AND (lease_until IS NULL OR lease_until < now())
           ORDER BY lease_until NULLS FIRST, created_at FOR UPDATE SKIP LOCKED LIMIT 1) due,
       deadletters_queue q, source s
     WHERE r.id = due.id AND q.id = r.queue_id AND s.id = q.source_id
     RETURNING r.id, q.source_id AS "sourceId", s.name AS "sourceName", q.key AS "queueKey", r.queue_id AS "queueId", r.target,
       r.reset_attempts AS "resetAttempts", r.total, r.canary, r.stop_ratio AS "stopRatio", r.actor_login AS "actorLogin", r.reason,
       s.labels, r.lease_token AS token, r.leases AS lease`,
    [token, LEASE_MS],
  );
  return rows[0] ?? null;
}

/** Renews the lease and tells where the redrive stands. Throws when the lease was lost. */
export async function renew({ id, token }: LeasedRedrive): Promise<Standing> {
  const { rows } = await sql.query<Standing>(
    `UPDATE deadletters_redrive r SET lease_until = now() + $3::int * interval '1 ms', heartbeat_at = now()
     WHERE id = $1 AND lease_token = $2
     RETURNING state, held_for AS "heldFor", rate, note, passed_canary AS "passedCanary", ignores_breaker AS "ignoresBreaker",
       (extract(epoch FROM now() - sent_at) * 1000)::float8 AS "idleMs", ${COUNTS}`,
    [id, token, LEASE_MS],
  );
  return rows[0] ?? lost(id);
}

/** Per state of the items, and per outcome of the letters, as two objects. */
export const COUNTS = `(SELECT coalesce(jsonb_object_agg(value, count) FILTER (WHERE "of" = 'item'), '{}')
    FROM deadletters_redrive_count c WHERE c.redrive_id = r.id) AS items,
  (SELECT coalesce(jsonb_object_agg(value, count) FILTER (WHERE "of" = 'outcome'), '{}')
    FROM deadletters_redrive_count c WHERE c.redrive_id = r.id) AS outcomes`;

/** In the caller's transaction: nobody may change the redrive's state before it ends. Tells whether letters may still be sent. */
export async function lockSending(tx: Sql, { id, token }: LeasedRedrive): Promise<boolean> {
  const { rows } = await tx.query<{ state: RedriveState }>(
    "SELECT state FROM deadletters_redrive WHERE id = $1 AND lease_token = $2 FOR NO KEY UPDATE",
    [id, token],
  );
  const { state } = rows[0] ?? lost(id);
  return state === "running" || state === "canary";
}

/** In the caller's transaction, with what was sent. Throws when the lease was lost: then the other worker records it. */
export async function recordSent(
  tx: Sql,
  { id, token }: LeasedRedrive,
  rateNow: number | null,
): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE deadletters_redrive SET lease_until = now() + $3::int * interval '1 ms', heartbeat_at = now(), sent_at = now(),
       started_at = coalesce(started_at, now()), rate_now = $4,
       note = CASE WHEN state IN ('running', 'canary') THEN NULL ELSE note END
     WHERE id = $1 AND lease_token = $2`,
    [id, token, LEASE_MS, rateNow],
  );
  if (rowCount !== 1) lost(id);
}

interface Change {
  state: RedriveState;
  note?: string | null;
  heldFor?: Standing["heldFor"];
  passedCanary?: boolean;
}

/** Moves the redrive on, unless a person changed its state since `seen`. */
export async function change(
  { id, token }: LeasedRedrive,
  seen: RedriveState,
  { state, note = null, heldFor = null, passedCanary = false }: Change,
): Promise<void> {
  await sql.query(
    `UPDATE deadletters_redrive SET state = $4, note = $5, held_for = $6, passed_canary = passed_canary OR $7
     WHERE id = $1 AND lease_token = $2 AND state = $3`,
    [id, token, seen, state, note, heldFor, passedCanary],
  );
}

/** Somebody said to send in spite of one opening of its breaker: that is over, and the next one counts again. */
export async function heedBreaker({ id, token }: LeasedRedrive): Promise<void> {
  await sql.query(
    "UPDATE deadletters_redrive SET ignores_breaker = false WHERE id = $1 AND lease_token = $2",
    [id, token],
  );
}

/**
 * Gives the lease back; somebody looks again after `againMs`, or when a person acts (null). Nothing happens when its state is
 * not `seen` any more: then there is something to do.
 */
export async function putDown(
  { id, token }: LeasedRedrive,
  seen: RedriveState | null,
  againMs: number | null,
  note?: string,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE deadletters_redrive SET lease_token = NULL,
       note = CASE WHEN state IN ('running', 'canary') THEN coalesce($5, note) ELSE note END,
       lease_until = CASE WHEN $4::int IS NULL THEN 'infinity' ELSE now() + $4::int * interval '1 ms' END
     WHERE id = $1 AND lease_token = $2 AND ($3::text IS NULL OR state = $3)`,
    [id, token, seen, againMs, note ?? null],
  );
  return rowCount === 1;
}

/** The end: nothing of it is under way any more. */
export async function finish({ id, token }: LeasedRedrive, seen: RedriveState): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE deadletters_redrive SET finished_at = now(), lease_token = NULL, lease_until = NULL
     WHERE id = $1 AND lease_token = $2 AND state = $3`,
    [id, token, seen],
  );
  return rowCount === 1;
}

function lost(id: string): never {
  throw Object.assign(new Error(`The lease on redrive ${id} was lost`), { code: LEASE_LOST });
}
