import type { z } from "zod";
import type { Actor } from "#lib/auth/actor.ts";
import { AppError } from "#lib/core/errors.ts";
import { newId } from "#lib/core/ids.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { startRedriveSchema } from "../redrive-schema.ts";
import type { Selection } from "../search/select.ts";
import { ACTIVE_STATES } from "./blocked.ts";

type Input = z.output<typeof startRedriveSchema>;

export interface Covered {
  queueId: number;
  sourceId: string;
  /** `prefix:name`. */
  key: string;
  count: number;
}

/** The queues that a selection covers, and how many letters of each. */
export async function coveredQueues(tx: Sql, { text, params }: Selection): Promise<Covered[]> {
  const { rows } = await tx.query<Covered>(
    `SELECT q.id AS "queueId", q.source_id AS "sourceId", q.key, s.count::int AS count
     FROM (SELECT queue_id, count(*) AS count FROM (${text}) AS letter GROUP BY queue_id) s
     JOIN deadletters_queue q ON q.id = s.queue_id ORDER BY q.id`,
    params,
  );
  return rows;
}

interface Started extends Covered {
  id: string;
}

/** One redrive per queue. Throws `conflict` when somebody started one of a queue in this very moment. */
export async function insertRedrives(
  tx: Sql,
  covered: readonly Covered[],
  { input, actor, reason, runId }: { input: Input; actor: Actor; reason: string; runId: string },
): Promise<Started[]> {
  const redrives = covered.map((one) => ({ ...one, id: newId() }));
  const { rows } = await tx.query(
    `INSERT INTO deadletters_redrive (id, queue_id, total, name, query, target, reset_attempts, rate, canary, stop_ratio, state,
       passed_canary, reason, actor_id, actor_login, run_id)
     SELECT given.id, given.queue_id, given.total, $4, $5, $6, $7, $8, $9::int, $10::float8,
       CASE WHEN $9::int = 0 THEN 'running' ELSE 'canary' END, $9::int = 0, $11, $12, $13, $14::uuid
     FROM unnest($1::uuid[], $2::int[], $3::int[]) AS given(id, queue_id, total)
     ON CONFLICT (queue_id) WHERE state IN (${ACTIVE_STATES.map((state) => `'${state}'`).join(", ")}) DO NOTHING RETURNING id`,
    [
      redrives.map(({ id }) => id),
      redrives.map(({ queueId }) => queueId),
      redrives.map(({ count }) => count),
      input.name,
      input.q,
      input.target,
      input.resetAttempts,
      input.rate,
      input.canary,
      input.stopRatio,
      reason,
      actor.id,
      actor.login,
      runId,
    ],
  );
  if (rows.length === redrives.length) return redrives;
  throw new AppError(
    "conflict",
    "Somebody else started a redrive of one of these queues just now",
    {
      remedy: "Look at what is running, then decide.",
    },
  );
}

/** Writes down which letters each redrive is about, oldest first; from here on the search does not matter any more. */
export async function freezeItems(
  tx: Sql,
  { text, params }: Selection,
  redrives: readonly Started[],
): Promise<void> {
  const at = params.length;
  const { rows } = await tx.query<{ count: number }>(
    `WITH added AS (
       INSERT INTO deadletters_redrive_item (redrive_id, seq, letter_id)
       SELECT r.id, row_number() OVER (PARTITION BY letter.queue_id ORDER BY letter.failed_at, letter.id), letter.id
       FROM (${text}) AS letter
       JOIN unnest($${at + 1}::uuid[], $${at + 2}::int[]) AS r(id, queue_id) ON r.queue_id = letter.queue_id
       RETURNING 1
     ) SELECT count(*)::int AS count FROM added`,
    [...params, redrives.map(({ id }) => id), redrives.map(({ queueId }) => queueId)],
  );
  const wanted = redrives.reduce((sum, { count }) => sum + count, 0);
  if (rows[0]?.count === wanted) return;
  throw new AppError("conflict", "Somebody acted on these dead letters just now", {
    detail: "Nothing was started.",
    remedy: "Look at the new count, then decide.",
  });
}
