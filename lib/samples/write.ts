import type { Sql } from "#lib/db/sql.ts";
import type { Sample } from "./types.ts";

/**
 * Stores the samples of one collection. Two workers may write the same instant: the first wins.
 * Series that do not exist yet are created on the way.
 */
export async function writeSamples(
  tx: Sql,
  sourceId: string,
  signal: string,
  at: Date,
  samples: readonly Sample[],
): Promise<void> {
  const readable = samples.filter((sample) => Number.isFinite(sample.value));
  if (readable.length === 0) return;
  const names = [readable.map((sample) => sample.entity), readable.map((sample) => sample.metric)];
  await tx.query(
    `INSERT INTO series (source_id, signal, entity, metric)
     SELECT DISTINCT $1::uuid, $2, e, m FROM unnest($3::text[], $4::text[]) AS given(e, m)
     WHERE NOT EXISTS (SELECT FROM series s WHERE s.source_id = $1::uuid AND s.signal = $2 AND s.entity = e AND s.metric = m)
     ON CONFLICT DO NOTHING`,
    [sourceId, signal, ...names],
  );
  await tx.query(
    `INSERT INTO sample (series_id, at, value)
     SELECT s.id, $3, given.value
     FROM unnest($4::text[], $5::text[], $6::float8[]) AS given(entity, metric, value)
     JOIN series s ON s.source_id = $1::uuid AND s.signal = $2 AND s.entity = given.entity AND s.metric = given.metric
     ON CONFLICT DO NOTHING`,
    [sourceId, signal, at, ...names, readable.map((sample) => sample.value)],
  );
}
