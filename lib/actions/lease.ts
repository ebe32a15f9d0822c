import { newId } from "#lib/core/ids.ts";
import type { Json } from "#lib/core/json.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import type { Observation, TargetAction } from "./define.ts";

/** A worker that says nothing for this long has lost its runs to the others. */
const LEASE_MS = 12 * SECOND;
const RENEW_MS = 4 * SECOND;
/** How long a recorded intent may wait for its job before the sweeper takes it. */
const ENQUEUE_GRACE_MS = 2 * SECOND;

/** A run that this worker alone may work on until its lease ends. */
export interface LeasedRun {
  id: string;
  name: string;
  actor: { id: string; login: string };
  source: { id: string; name: string } | null;
  target: string;
  input: Json;
  reason: string;
  /** `claimed`: nothing was sent to the target yet. `in_doubt`: something may have been. */
  state: "claimed" | "in_doubt";
  /** What was seen before acting; set in doubt. */
  observation: Observation | null;
  token: string;
  /** How often it was leased, this time included. */
  attempts: number;
  /** Of its action, where that has one. */
  settle?: TargetAction<never, unknown>["settle"] | undefined;
}

interface LeasedRow {
  id: string;
  name: string;
  actor_id: string;
  actor_login: string;
  source_id: string | null;
  source_name: string | null;
  target: string;
  input: Json;
  reason: string;
  state: LeasedRun["state"];
  fence: Observation | null;
  attempts: number;
}

/**
 * One statement decides who works on a run. A lease that ended while the run was `executing` leaves its outcome open, so
 * the run comes back in doubt; before that nothing was sent, and it may simply start again.
 */
const LEASE = `UPDATE action_run r SET lease_token = $1::uuid, lease_until = now() + $2::int * interval '1 ms', attempts = r.attempts + 1,
    state = CASE WHEN r.state IN ('queued', 'claimed') THEN 'claimed' ELSE 'in_doubt' END
  FROM (SELECT id FROM action_run WHERE`;
const DUE = "state IN ('claimed', 'executing', 'in_doubt') AND lease_until < now()";
const RETURN = `FOR UPDATE SKIP LOCKED LIMIT 1) due WHERE r.id = due.id
  RETURNING r.id, r.name, r.actor_id, r.actor_login, r.source_id, (SELECT name FROM source WHERE id = r.source_id) AS source_name,
    r.target, r.input, r.reason, r.state, r.fence, r.attempts`;

/** Leases this run, unless somebody else has it or it is finished: then null. */
export function leaseRun(id: string): Promise<LeasedRun | null> {
  return lease(`${LEASE} id = $3::uuid AND (state = 'queued' OR ${DUE}) ${RETURN}`, [id]);
}

/** Leases the oldest run that nobody works on: its job was lost, its worker died, or its doubt is due for another look. */
export function leaseAbandonedRun(): Promise<LeasedRun | null> {
  return lease(
    `${LEASE} (state = 'queued' AND created_at < now() - $3::int * interval '1 ms') OR (${DUE}) ORDER BY created_at ${RETURN}`,
    [ENQUEUE_GRACE_MS],
  );
}

async function lease(text: string, params: unknown[]): Promise<LeasedRun | null> {
  const token = newId();
  const { rows } = await sql.query<LeasedRow>(text, [token, LEASE_MS, ...params]);
  const row = rows[0];
  if (!row) return null;
  const { actor_id, actor_login, source_id, source_name, fence, ...same } = row;
  const source = source_id && source_name ? { id: source_id, name: source_name } : null;
  return {
    ...same,
    actor: { id: actor_id, login: actor_login },
    source,
    observation: fence,
    token,
  };
}

/** Keeps the lease while `work` goes on. Losing it is harmless: every write checks the token. */
export async function whileLeased(run: LeasedRun, work: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => {
    renew(run)
      .then((held) => held || clearInterval(timer))
      .catch((error: unknown) =>
        log.warn({ err: error, runId: run.id }, "a lease was not renewed"),
      );
  }, RENEW_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

async function renew(run: LeasedRun): Promise<boolean> {
  const { rowCount } = await sql.query(
    "UPDATE action_run SET lease_until = now() + $3::int * interval '1 ms' WHERE id = $1 AND lease_token = $2",
    [run.id, run.token, LEASE_MS],
  );
  return rowCount === 1;
}
