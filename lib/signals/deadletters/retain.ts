import { env } from "#lib/config/env.ts";
import { DAY } from "#lib/core/time.ts";
import { COARSE, fineSince } from "./arrival-width.ts";
import { type Sql, transaction } from "#lib/db/sql.ts";

const BATCH = 5_000;

/** States that nothing leads out of in the queue itself: what is dead stays as long as its queue holds it. */
const SETTLED = ["retried", "moved", "discarded", "superseded", "gone", "unknown", "lost"];

/**
 * Forgets letters that were settled long ago, and groups that have none any more; of older arrivals it keeps fewer rows. Returns how
 * many rows went.
 */
export async function retain(now = new Date()): Promise<Record<string, number>> {
  const before = forgottenBefore(now);
  return {
    deadletters_letter: await repeated((tx) => forgetLetters(tx, before)),
    deadletters_facet: await repeated((tx) => forgetFacets(tx, before)),
    deadletters_group: await repeated((tx) => forgetGroups(tx, before)),
    deadletters_trace: await repeated(forgetTraces),
    deadletters_arrival:
      (await repeated((tx) => forgetArrivals(tx, before))) +
      (await repeated((tx) => rollUpArrivals(tx, fineSince(now)))),
  };
}

/** What was settled before this time is not kept. */
export const forgottenBefore = (now: Date): Date =>
  new Date(now.getTime() - env().DEAD_LETTER_DAYS * DAY);

/** In batches, so that no transaction holds many locks. */
async function repeated(batch: (tx: Sql) => Promise<number>): Promise<number> {
  for (let total = 0; ;) {
    const removed = await transaction(batch);
    total += removed;
    if (removed < BATCH) return total;
  }
}

async function forgetLetters(tx: Sql, before: Date): Promise<number> {
  const { rowCount } = await tx.query(
    `DELETE FROM deadletters_letter WHERE id = ANY(ARRAY(
       SELECT id FROM deadletters_letter WHERE state = ANY($1) AND failed_at < $2 AND state_at < $2
       ORDER BY state, failed_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
    [SETTLED, before],
  );
  return rowCount ?? 0;
}

/** Locked first, looked at again then: a failure that comes meanwhile waits, and makes its facet anew. */
async function forgetFacets(tx: Sql, before: Date): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `SELECT id FROM deadletters_facet f WHERE last_seen < $1
       AND NOT EXISTS (SELECT 1 FROM deadletters_letter l WHERE l.facet_id = f.id)
     ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
    [before],
  );
  const { rowCount } = await tx.query(
    `DELETE FROM deadletters_facet f WHERE id = ANY($1)
       AND NOT EXISTS (SELECT 1 FROM deadletters_letter l WHERE l.facet_id = f.id)`,
    [rows.map(({ id }) => id)],
  );
  return rowCount ?? 0;
}

async function forgetGroups(tx: Sql, before: Date): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `SELECT id FROM deadletters_group g WHERE last_seen < $1
       AND NOT EXISTS (SELECT 1 FROM deadletters_facet f WHERE f.group_id = g.id)
     ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
    [before],
  );
  const { rowCount } = await tx.query(
    `DELETE FROM deadletters_group g WHERE id = ANY($1)
       AND NOT EXISTS (SELECT 1 FROM deadletters_facet f WHERE f.group_id = g.id)`,
    [rows.map(({ id }) => id)],
  );
  return rowCount ?? 0;
}

/** Only those that no letter has; locked first and looked at again then, as facets are. */
async function forgetTraces(tx: Sql): Promise<number> {
  const isUnused = "NOT EXISTS (SELECT 1 FROM deadletters_letter l WHERE l.trace_id = t.id)";
  const { rows } = await tx.query<{ id: number }>(
    `SELECT id FROM deadletters_trace t WHERE ${isUnused} ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
  );
  const { rowCount } = await tx.query(
    `DELETE FROM deadletters_trace t WHERE id = ANY($1) AND ${isUnused}`,
    [rows.map(({ id }) => id)],
  );
  return rowCount ?? 0;
}

async function forgetArrivals(tx: Sql, before: Date): Promise<number> {
  const { rowCount } = await tx.query(
    `DELETE FROM deadletters_arrival WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM deadletters_arrival WHERE at < $1 LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
    [before],
  );
  return rowCount ?? 0;
}

/** Charts of a month would read half a million rows of ten minutes. */
async function rollUpArrivals(tx: Sql, before: Date): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `WITH fine AS (
       DELETE FROM deadletters_arrival WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM deadletters_arrival WHERE at < $1 AND at <> date_bin('${COARSE}', at, 'epoch')
         LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
       RETURNING facet_id, at, count, lost
     ), kept AS (
       INSERT INTO deadletters_arrival (facet_id, at, count, lost)
       SELECT facet_id, date_bin('${COARSE}', at, 'epoch'), sum(count), sum(lost) FROM fine GROUP BY 1, 2 ORDER BY 1, 2
       ON CONFLICT (facet_id, at) DO UPDATE SET
         count = deadletters_arrival.count + EXCLUDED.count, lost = deadletters_arrival.lost + EXCLUDED.lost
     )
     SELECT count(*)::int AS count FROM fine`,
    [before],
  );
  return rows[0]?.count ?? 0;
}
