import { isStale, type Reading } from "#lib/core/reading.ts";
import { SECOND } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";

interface CollectionRow {
  source: string;
  intervalMs: number;
  lastSuccessAt: Date | null;
  blindSince: Date | null;
  message: string | null;
}

const DEFAULT_INTERVAL_SECONDS = 15;

/**
 * How far what we know of a signal may be trusted, over one source or all of them: as old as its oldest source, and the first
 * one in trouble gives the reason.
 */
export async function freshnessOfSignal(
  signal: string,
  source: string | null,
  now: Date,
): Promise<Omit<Reading<never>, "data">> {
  const { rows } = await sql.query<CollectionRow>(
    `SELECT s.name AS source, c.interval_ms AS "intervalMs", c.last_success_at AS "lastSuccessAt",
       c.blind_since AS "blindSince", c.message
     FROM collection c JOIN source s ON s.id = c.source_id AND s.enabled
     WHERE c.signal = $1 AND ($2::text IS NULL OR s.name = $2)
     ORDER BY c.blind_since NULLS LAST, c.last_success_at NULLS FIRST`,
    [signal, source],
  );
  const first = rows[0];
  if (!first) return never("No source has been collected from yet.", DEFAULT_INTERVAL_SECONDS);
  const intervalSeconds = Math.max(...rows.map((row) => row.intervalMs)) / SECOND;
  const successes = rows.flatMap((row) => row.lastSuccessAt ?? []);
  if (successes.length === 0) return never(troubleOf(first, now) ?? "", intervalSeconds);
  const oldest = new Date(Math.min(...successes.map((at) => at.getTime())));
  const reasons = rows.flatMap((row) => troubleOf(row, now) ?? []);
  const base = { observedAt: oldest.toISOString(), intervalSeconds };
  const [reason] = reasons;
  return reason ? { ...base, quality: "stale", reason } : { ...base, quality: "exact" };
}

function never(reason: string, intervalSeconds: number): Omit<Reading<never>, "data"> {
  return { observedAt: null, quality: "unknown", intervalSeconds, reason };
}

function troubleOf(row: CollectionRow, now: Date): string | null {
  if (row.blindSince) {
    const since = row.blindSince.toISOString().slice(0, 16).replace("T", " ");
    return `${row.source}: blind since ${since} UTC. ${row.message ?? ""}`.trim();
  }
  if (!row.lastSuccessAt) return `${row.source}: not collected from yet.`;
  return isStale(row.lastSuccessAt, row.intervalMs, now)
    ? `${row.source}: no collection for more than three intervals.`
    : null;
}
