import { sql, type Sql } from "#lib/db/sql.ts";
import type { Collection, QueueLook } from "./observed.ts";

interface State {
  /** Counts the collections that were stored; 0 before the first. */
  generation: number;
  queueLook: QueueLook | null;
}

export async function loadState(sourceId: string): Promise<State> {
  const { rows } = await sql.query<State>(
    `SELECT generation::float8 AS generation, queue_look AS "queueLook" FROM caches_state WHERE source_id = $1`,
    [sourceId],
  );
  return rows[0] ?? { generation: 0, queueLook: null };
}

/**
 * Takes the lock that orders workers, until the transaction ends. False when another one has stored a collection since this
 * one began: its increases would be counted twice.
 */
export async function claimGeneration(
  tx: Sql,
  sourceId: string,
  { generation, queueLook }: Collection,
): Promise<boolean> {
  await tx.query(
    "INSERT INTO caches_state (source_id, generation) VALUES ($1, 0) ON CONFLICT DO NOTHING",
    [sourceId],
  );
  const { rowCount } = await tx.query(
    "UPDATE caches_state SET generation = generation + 1, queue_look = $3 WHERE source_id = $1 AND generation = $2",
    [sourceId, generation, queueLook && JSON.stringify(queueLook)],
  );
  return rowCount === 1;
}
