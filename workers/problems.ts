import type { Sql } from "#lib/db/sql.ts";
import type { FoundProblem } from "#lib/signals/define.ts";
import type { CollectionAbout } from "./collection.ts";

/** Opens what is newly wrong, refreshes what still is, and closes what is no longer found. */
export async function saveProblems(
  tx: Sql,
  { signal, source, now }: Pick<CollectionAbout, "signal" | "source" | "now">,
  found: readonly FoundProblem[],
): Promise<void> {
  const byKey = new Map(
    found.map((problem) => [`${signal.id}:${problem.type}:${problem.entity}`, problem]),
  );
  const problems = [...byKey.values()];
  await tx.query(
    `INSERT INTO problem (key, source_id, signal, type, entity, severity, title, href, since, last_seen)
     SELECT key, $1::uuid, $2, type, entity, severity, title, href, since, $3
     FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
       AS given(key, type, entity, severity, title, href, since)
     ON CONFLICT (source_id, key) WHERE closed_at IS NULL
     DO UPDATE SET severity = EXCLUDED.severity, title = EXCLUDED.title, href = EXCLUDED.href, last_seen = EXCLUDED.last_seen`,
    [
      source.id,
      signal.id,
      now,
      [...byKey.keys()],
      problems.map(({ type }) => type),
      problems.map(({ entity }) => entity),
      problems.map(({ severity }) => severity),
      problems.map(({ title }) => title),
      problems.map(({ href }) => href),
      problems.map(({ since }) => since ?? now),
    ],
  );
  await tx.query(
    "UPDATE problem SET closed_at = $3 WHERE source_id = $1 AND signal = $2 AND closed_at IS NULL AND key <> ALL($4)",
    [source.id, signal.id, now, [...byKey.keys()]],
  );
}
