import { DAY, HOUR, MINUTE, bucketStart } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import { COUNTER_AT, COUNTERS, type Counter } from "../counters.ts";
import type { EntryKey } from "../delta.ts";
import type { NewStatement, Observation, Working } from "../observation.ts";
import { keyColumns } from "./baseline.ts";

/** Statements not seen for longer than their last deltas are kept are forgotten. */
const KEEP_STATEMENTS_MS = 91 * DAY;
const FORGET_AT_ONCE = 500;

/** Statements seen for the first time; a text that comes later completes an earlier row. */
export async function saveStatements(
  tx: Sql,
  sourceId: string,
  now: Date,
  { added, server }: Pick<Observation, "added" | "server">,
): Promise<void> {
  if (added.length === 0) return;
  const column = <T>(value: (each: NewStatement) => T): T[] => added.map(value);
  await tx.query(
    `INSERT INTO queries_statement
       (source_id, dbid, userid, queryid, toplevel, database, role, text, kind, truncated, fingerprint, own, first_seen, last_seen)
     SELECT $1, given.*, $2::timestamptz, $2::timestamptz
     FROM unnest($3::int8[], $4::int8[], $5::int8[], $6::bool[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bool[], $12::text[], $13::bool[]) AS given
     ON CONFLICT (source_id, dbid, userid, queryid, toplevel) DO UPDATE
     SET text = EXCLUDED.text, kind = EXCLUDED.kind, truncated = EXCLUDED.truncated, fingerprint = EXCLUDED.fingerprint,
       own = EXCLUDED.own WHERE queries_statement.text IS NULL`,
    [
      sourceId,
      now,
      ...keyColumns(added),
      column((each) => server.databases[each.dbid]?.name ?? `#${each.dbid}`),
      column((each) => each.role),
      column((each) => each.facts?.text ?? null),
      column((each) => each.facts?.kind ?? null),
      column((each) => each.truncated),
      column((each) => each.facts?.fingerprint ?? null),
      column((each) => each.facts?.own ?? false),
    ],
  );
}

/** Books increases on their minute and their hour. Both are kept on write, so that no later job can miss a part. */
export async function saveDeltas(
  tx: Sql,
  sourceId: string,
  now: Date,
  { working, server }: Pick<Observation, "working" | "server">,
): Promise<void> {
  const counted = working.filter((each) => !each.own);
  if (counted.length === 0) return;
  const keys = keyColumns(counted);
  const values = COUNTERS.map((name) => counted.map((each) => valueOf(each, name, server.ioTimed)));
  await addDeltas(tx, "queries_delta", sourceId, bucketStart(now, MINUTE), keys, values);
  await addDeltas(tx, "queries_delta_1h", sourceId, bucketStart(now, HOUR), keys, values);
  await touch(tx, sourceId, now, counted);
}

/** Without track_io_timing the server counts 0 ms: that is not known, not 0. */
function valueOf(each: Working, name: Counter, ioTimed: boolean): number | null {
  const timing = name === "read_ms" || name === "write_ms";
  return timing && !ioTimed ? null : each.counters[COUNTER_AT[name]]!;
}

async function addDeltas(
  tx: Sql,
  table: "queries_delta" | "queries_delta_1h",
  sourceId: string,
  at: Date,
  keys: unknown[][],
  values: (number | null)[][],
): Promise<void> {
  const arrays = COUNTERS.map((_, index) => `$${index + 7}::float8[]`).join(", ");
  // A minute that began untimed and ended timed keeps what is known of it.
  const sums = COUNTERS.map((name) =>
    name === "read_ms" || name === "write_ms"
      ? `${name} = coalesce(d.${name} + EXCLUDED.${name}, d.${name}, EXCLUDED.${name})`
      : `${name} = d.${name} + EXCLUDED.${name}`,
  );
  await tx.query(
    `INSERT INTO ${table} AS d (statement_id, at, ${COUNTERS.join(", ")})
     SELECT s.id, $2::timestamptz, ${COUNTERS.map((name) => `given.${name}`).join(", ")}
     FROM unnest($3::int8[], $4::int8[], $5::int8[], $6::bool[], ${arrays}) AS given(dbid, userid, queryid, toplevel, ${COUNTERS.join(", ")})
     JOIN queries_statement s ON s.source_id = $1 AND s.dbid = given.dbid AND s.userid = given.userid
       AND s.queryid = given.queryid AND s.toplevel = given.toplevel
     ON CONFLICT (statement_id, at) DO UPDATE SET ${sums.join(", ")}`,
    [sourceId, at, ...keys, ...values],
  );
}

/** An hour's precision is enough to know what may be forgotten, and spares a write per statement and collection. */
async function touch(
  tx: Sql,
  sourceId: string,
  now: Date,
  keys: readonly EntryKey[],
): Promise<void> {
  await tx.query(
    `UPDATE queries_statement s SET last_seen = $2
     FROM unnest($3::int8[], $4::int8[], $5::int8[], $6::bool[]) AS k(dbid, userid, queryid, toplevel)
     WHERE s.source_id = $1 AND s.dbid = k.dbid AND s.userid = k.userid AND s.queryid = k.queryid AND s.toplevel = k.toplevel
       AND s.last_seen < $7`,
    [sourceId, now, ...keyColumns(keys), new Date(now.getTime() - HOUR)],
  );
  await tx.query(
    `DELETE FROM queries_statement WHERE id IN
       (SELECT id FROM queries_statement WHERE last_seen < $1 LIMIT ${FORGET_AT_ONCE})`,
    [new Date(now.getTime() - KEEP_STATEMENTS_MS)],
  );
}
