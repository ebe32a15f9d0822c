import { sql, type Sql } from "#lib/db/sql.ts";
import { type Entry, type EntryKey, keyOf, type Snapshot } from "../delta.ts";
import type { Baseline, KnownStatement, Observation } from "../observation.ts";
import type { ServerReading } from "../snapshot.ts";

interface StoredState extends Omit<Snapshot, "entries"> {
  server: ServerReading;
}

export async function loadBaseline(sourceId: string): Promise<Baseline> {
  // The generation first: entries of a later one then fail the comparison when they are saved.
  const state = await sql.query<{ generation: number; snapshot: StoredState | null }>(
    "SELECT generation::float8 AS generation, snapshot FROM queries_state WHERE source_id = $1",
    [sourceId],
  );
  const found = state.rows[0];
  if (!found?.snapshot) return { generation: found?.generation ?? 0, snapshot: null, server: null };
  const { server, ...rest } = found.snapshot;
  const { rows } = await sql.query<Omit<Entry, "queryid"> & { queryid: string }>(
    `SELECT dbid::float8 AS dbid, userid::float8 AS userid, queryid::text AS queryid, toplevel,
       stats_since::float8 AS "statsSince", counters FROM queries_baseline WHERE source_id = $1`,
    [sourceId],
  );
  const entries = new Map(rows.map((row) => [keyOf(row), row]));
  return { generation: found.generation, snapshot: { ...rest, entries }, server };
}

/** Takes the lock that orders workers. False when another one has stored a collection since `generation` was read. */
export async function claimGeneration(
  tx: Sql,
  sourceId: string,
  generation: number,
): Promise<boolean> {
  await tx.query(
    "INSERT INTO queries_state (source_id, generation, snapshot) VALUES ($1, 0, 'null') ON CONFLICT DO NOTHING",
    [sourceId],
  );
  const { rowCount } = await tx.query(
    "UPDATE queries_state SET generation = generation + 1 WHERE source_id = $1 AND generation = $2",
    [sourceId, generation],
  );
  return rowCount === 1;
}

/** Makes this look the one that the next is compared with; writes only what changed. */
export async function saveBaseline(
  tx: Sql,
  sourceId: string,
  observation: Observation,
): Promise<void> {
  const { baseline, snapshot, server } = observation;
  const { entries, ...rest } = snapshot;
  await tx.query("UPDATE queries_state SET snapshot = $2 WHERE source_id = $1", [
    sourceId,
    JSON.stringify({ ...rest, server } satisfies StoredState),
  ]);
  const before = baseline.snapshot?.entries ?? new Map<string, Entry>();
  const gone = [...before].filter(([key]) => !entries.has(key)).map(([, entry]) => entry);
  const changed = [...entries].filter(([key, entry]) => differs(before.get(key), entry));
  await forget(tx, sourceId, gone);
  await remember(
    tx,
    sourceId,
    changed.map(([, entry]) => entry),
  );
}

function differs(before: Entry | undefined, after: Entry): boolean {
  if (!before || before.statsSince !== after.statsSince) return true;
  return after.counters.some((value, at) => value !== before.counters[at]);
}

async function forget(tx: Sql, sourceId: string, entries: Entry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `DELETE FROM queries_baseline b USING unnest($2::int8[], $3::int8[], $4::int8[], $5::bool[]) AS k(dbid, userid, queryid, toplevel)
     WHERE b.source_id = $1 AND b.dbid = k.dbid AND b.userid = k.userid AND b.queryid = k.queryid AND b.toplevel = k.toplevel`,
    [sourceId, ...keyColumns(entries)],
  );
}

async function remember(tx: Sql, sourceId: string, entries: Entry[]): Promise<void> {
  if (entries.length === 0) return;
  // An array of arrays would have to be flat: each row's counters travel as one text.
  await tx.query(
    `INSERT INTO queries_baseline (source_id, dbid, userid, queryid, toplevel, stats_since, counters)
     SELECT $1, dbid, userid, queryid, toplevel, since, counters::float8[]
     FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::bool[], $6::int8[], $7::text[])
       AS given(dbid, userid, queryid, toplevel, since, counters)
     ON CONFLICT (source_id, dbid, userid, queryid, toplevel)
     DO UPDATE SET stats_since = EXCLUDED.stats_since, counters = EXCLUDED.counters`,
    [
      sourceId,
      ...keyColumns(entries),
      entries.map((entry) => entry.statsSince),
      entries.map((entry) => `{${entry.counters.join(",")}}`),
    ],
  );
}

/** The four parts of the keys, as columns for `unnest`. */
export function keyColumns(keys: readonly EntryKey[]): unknown[][] {
  return [
    keys.map((key) => key.dbid),
    keys.map((key) => key.userid),
    keys.map((key) => key.queryid),
    keys.map((key) => key.toplevel),
  ];
}

interface KnownRow extends Omit<KnownStatement, "key" | "attempt"> {
  tried_at: Date | null;
  next_at: Date;
  failures: number;
  mean_ms: number;
}

/** Those of the given statements that are stored already. */
export async function loadKnown(
  sourceId: string,
  keys: readonly EntryKey[],
): Promise<Map<string, KnownStatement>> {
  const { rows } = await sql.query<KnownRow>(
    `SELECT s.id::text AS id, s.dbid::float8 AS dbid, s.userid::float8 AS userid, s.queryid::text AS queryid, s.toplevel,
       s.text, s.kind, s.truncated, s.own, a.tried_at, a.next_at, a.failures, a.mean_ms
     FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::bool[]) AS k(dbid, userid, queryid, toplevel)
     JOIN queries_statement s ON s.source_id = $1 AND s.dbid = k.dbid AND s.userid = k.userid
       AND s.queryid = k.queryid AND s.toplevel = k.toplevel
     LEFT JOIN queries_plan_attempt a ON a.statement_id = s.id`,
    [sourceId, ...keyColumns(keys)],
  );
  const known = rows.map((row): [string, KnownStatement] => {
    const { tried_at: triedAt, next_at: nextAt, failures, mean_ms: meanMs, ...statement } = row;
    const attempt = triedAt === null ? null : { triedAt, nextAt, failures, meanMs };
    return [keyOf(row), { ...statement, key: keyOf(row), attempt }];
  });
  return new Map(known);
}
