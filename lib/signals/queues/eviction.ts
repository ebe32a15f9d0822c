import type { Sql } from "#lib/db/sql.ts";

/** What the server does under memory pressure when that is not `noeviction`; null when it is, or when nobody could look. */
export async function wrongEviction(tx: Sql, sourceId: string): Promise<string | null> {
  const { rows } = await tx.query<{ detail: string | null }>(
    `SELECT c ->> 'detail' AS detail FROM source, jsonb_array_elements(capabilities) AS c
     WHERE id = $1 AND c ->> 'id' = 'no_eviction' AND (c ->> 'ok')::boolean IS FALSE`,
    [sourceId],
  );
  const [wrong] = rows;
  return wrong ? (wrong.detail ?? "not noeviction") : null;
}
