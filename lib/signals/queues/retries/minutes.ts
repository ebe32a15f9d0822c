import { storableJson } from "#lib/core/json.ts";
import { HOUR, MINUTE } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { Flow } from "../observe/events.ts";
import type { Weighted } from "../observe/untold.ts";
import { addAttempts, type Attempts, NO_ATTEMPTS } from "./arithmetic.ts";
import { addDuration, addDurations, type DurationCounts } from "./durations.ts";
import { type ErrorCounts, mergeErrors } from "./errors.ts";

/** What a queue's jobs did in one minute: by when it was seen, not by when it happened, which is at most one collection apart. */
export interface Minute extends Attempts {
  key: string;
  at: Date;
  /** Failures that a second attempt may have cured. */
  network: number;
  /** Jobs that failed for good and of which nothing is left. */
  lost: number;
  waits: DurationCounts;
  runs: DurationCounts;
  errors: ErrorCounts;
}

export const KEPT_MS = HOUR;

/** The minutes of the last hour by queue, oldest first. */
export async function loadMinutes(
  tx: Sql,
  sourceId: string,
  now: Date,
): Promise<Map<string, Minute[]>> {
  const { rows } = await tx.query<Minute>(
    `SELECT key, at, asked, first, again, completed, failed, retries, stalls, network, lost, waits, runs, errors
     FROM queues_minute WHERE source_id = $1 AND at > $2 ORDER BY at`,
    [sourceId, new Date(now.getTime() - KEPT_MS)],
  );
  return Map.groupBy(rows, ({ key }) => key);
}

/** The minutes with what was seen just now in the last of them. */
export function withFlow(minutes: readonly Minute[], key: string, flow: Flow, now: Date): Minute[] {
  const last = minutes.at(-1);
  // Another worker's clock may be ahead of ours: a minute that is closed stays as it is.
  const at = new Date(
    Math.max(Math.floor(now.getTime() / MINUTE) * MINUTE, last?.at.getTime() ?? 0),
  );
  const isOpen = last?.at.getTime() === at.getTime();
  const before: Minute = isOpen
    ? last
    : { ...NO_ATTEMPTS, key, at, network: 0, lost: 0, waits: [], runs: [], errors: {} };
  const minute: Minute = {
    ...addAttempts(before, flow),
    key,
    at,
    network: before.network + flow.network,
    lost: before.lost + flow.lost,
    waits: addDurations(before.waits, inBuckets(flow.waits)),
    runs: addDurations(before.runs, inBuckets(flow.runs)),
    errors: mergeErrors(before.errors, flow.errors),
  };
  return [...(isOpen ? minutes.slice(0, -1) : minutes), minute];
}

function inBuckets(values: readonly Weighted[]): DurationCounts {
  const counts: DurationCounts = [];
  for (const { value, weight } of values) addDuration(counts, value, weight);
  return counts;
}

/** The minutes that began in the last so many milliseconds. */
export const since = (minutes: readonly Minute[], now: Date, ms: number): Minute[] =>
  minutes.filter(({ at }) => at.getTime() > now.getTime() - ms);

export const sumOf = (minutes: readonly Minute[]): Attempts =>
  minutes.reduce<Attempts>(addAttempts, NO_ATTEMPTS);

/** Writes the newest minute of each queue, and forgets what is older than an hour. */
export async function saveMinutes(
  tx: Sql,
  sourceId: string,
  minutes: readonly Minute[],
  now: Date,
): Promise<void> {
  await tx.query("DELETE FROM queues_minute WHERE source_id = $1 AND at <= $2", [
    sourceId,
    new Date(now.getTime() - KEPT_MS),
  ]);
  await tx.query(
    `INSERT INTO queues_minute (source_id, key, at, asked, first, again, completed, failed, retries, stalls, network, lost, waits, runs, errors)
     SELECT $1::uuid, m.* FROM jsonb_to_recordset($2::jsonb) AS m(key text, at timestamptz, asked float8, first float8, again float8,
       completed float8, failed float8, retries float8, stalls float8, network float8, lost float8, waits real[], runs real[], errors jsonb)
     ON CONFLICT (source_id, key, at) DO UPDATE SET asked = EXCLUDED.asked, first = EXCLUDED.first, again = EXCLUDED.again,
       completed = EXCLUDED.completed, failed = EXCLUDED.failed, retries = EXCLUDED.retries, stalls = EXCLUDED.stalls,
       network = EXCLUDED.network, lost = EXCLUDED.lost, waits = EXCLUDED.waits, runs = EXCLUDED.runs, errors = EXCLUDED.errors`,
    [sourceId, storableJson(minutes)],
  );
}
