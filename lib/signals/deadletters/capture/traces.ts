import { redactText } from "#lib/core/redact.ts";
import type { Sql } from "#lib/db/sql.ts";
import { type Prepared, storable } from "./prepare.ts";
import type { Trace } from "./trace.ts";

/** The stored trace of each failure, in their order; stores those that are new. */
export async function resolveTraces(tx: Sql, prepared: readonly Prepared[]): Promise<number[]> {
  const traces = new Map(prepared.map(({ trace }) => [trace.hash, trace]));
  const ids = await knownTraces(tx, [...traces.keys()]);
  const fresh = [...traces.values()].filter(({ hash }) => !ids.has(hash));
  for (const [hash, id] of await addTraces(tx, fresh)) ids.set(hash, id);
  return prepared.map(({ trace }) => ids.get(trace.hash) as number);
}

/** Held until the letters are stored: retention takes none away that is held. */
async function knownTraces(tx: Sql, hashes: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ hash: string; id: number }>(
    "SELECT hash, id FROM deadletters_trace WHERE hash = ANY($1) FOR KEY SHARE",
    [hashes],
  );
  return new Map(rows.map(({ hash, id }) => [hash, id]));
}

/** In the order of their hashes, and with no stronger lock than those above leave room for: two batches never wait for each other. */
async function addTraces(tx: Sql, traces: readonly Trace[]): Promise<Map<string, number>> {
  if (traces.length === 0) return new Map();
  const sorted = traces.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
  const { rows } = await tx.query<{ hash: string; id: number }>(
    `INSERT INTO deadletters_trace (hash, text, cut) SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[])
     ON CONFLICT (hash) DO UPDATE SET cut = EXCLUDED.cut RETURNING hash, id`,
    [
      sorted.map(({ hash }) => hash),
      sorted.map(({ raw }) => storable(redactText(raw).toLowerCase())),
      sorted.map(({ cut }) => cut),
    ],
  );
  return new Map(rows.map(({ hash, id }) => [hash, id]));
}
