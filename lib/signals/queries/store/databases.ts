import { MINUTE, bucketStart } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import { COUNTER_AT } from "../counters.ts";
import type { Observation } from "../observation.ts";
import type { DatabaseReading } from "../snapshot.ts";

/** What one database did between two looks. */
export interface DatabaseIncrease {
  dbid: number;
  name: string;
  /** Top-level statements only: what a function sends is part of the function's own time. */
  calls: number;
  execMs: number;
  /** Our own part of `execMs`. */
  ownMs: number;
  /** Null when it cannot be told: before PostgreSQL 14, or after its statistics were reset. */
  activeMs: number | null;
}

export function databaseIncreases({ baseline, server, working }: Observation): DatabaseIncrease[] {
  const byDatabase = Map.groupBy(
    working.filter((each) => each.toplevel),
    (each) => each.dbid,
  );
  return Object.entries(server.databases).map(([id, reading]) => {
    const all = byDatabase.get(Number(id)) ?? [];
    const ours = all.filter((each) => each.own);
    const theirs = all.filter((each) => !each.own);
    return {
      dbid: Number(id),
      name: reading.name,
      calls: total(theirs, COUNTER_AT.calls),
      execMs: total(all, COUNTER_AT.exec_ms),
      ownMs: total(ours, COUNTER_AT.exec_ms),
      activeMs: activeIncrease(baseline.server?.databases[id], reading),
    };
  });
}

const total = (all: Observation["working"], at: number): number =>
  all.reduce((sum, each) => sum + each.counters[at]!, 0);

function activeIncrease(
  before: DatabaseReading | undefined,
  after: DatabaseReading,
): number | null {
  if (!before || before.activeMs === null || after.activeMs === null) return null;
  if (before.statsReset !== after.statsReset || after.activeMs < before.activeMs) return null;
  return after.activeMs - before.activeMs;
}

export async function saveDatabases(
  tx: Sql,
  sourceId: string,
  now: Date,
  seconds: number,
  increases: readonly DatabaseIncrease[],
): Promise<void> {
  const column = (name: keyof DatabaseIncrease): unknown[] => increases.map((each) => each[name]);
  await tx.query(
    `INSERT INTO queries_database_delta AS d (source_id, at, seconds, dbid, calls, exec_ms, own_ms, active_ms)
     SELECT $1, $2::timestamptz, $3::float8, given.*
     FROM unnest($4::int8[], $5::float8[], $6::float8[], $7::float8[], $8::float8[]) AS given
     ON CONFLICT (source_id, at, dbid) DO UPDATE SET seconds = d.seconds + EXCLUDED.seconds, calls = d.calls + EXCLUDED.calls,
       exec_ms = d.exec_ms + EXCLUDED.exec_ms, own_ms = d.own_ms + EXCLUDED.own_ms, active_ms = d.active_ms + EXCLUDED.active_ms`,
    [
      sourceId,
      bucketStart(now, MINUTE),
      seconds,
      column("dbid"),
      column("calls"),
      column("execMs"),
      column("ownMs"),
      column("activeMs"),
    ],
  );
  await tx.query(
    `INSERT INTO queries_database AS d (source_id, dbid, name, calls, exec_ms)
     SELECT $1, given.* FROM unnest($2::int8[], $3::text[], $4::float8[], $5::float8[]) AS given
     ON CONFLICT (source_id, dbid) DO UPDATE SET name = EXCLUDED.name, calls = d.calls + EXCLUDED.calls, exec_ms = d.exec_ms + EXCLUDED.exec_ms`,
    [
      sourceId,
      column("dbid"),
      column("name"),
      column("calls"),
      increases.map((each) => each.execMs - each.ownMs),
    ],
  );
}
