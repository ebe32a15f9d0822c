import { ratio } from "#lib/core/stats.ts";
import { MINUTE } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { Finished } from "./observe/finished.ts";
import type { StoredFinished } from "./stored.ts";

/** Failures are judged over this window, throughput over the shorter one. */
export const WINDOW_MS = 15 * MINUTE;
const RATE_MS = 5 * MINUTE;

/** Earlier observations of one queue and outcome. */
export interface Past {
  entity: string;
  metric: string;
  sum: number;
  rateSum: number;
  rateCount: number;
  rateFrom: Date | null;
}

/** What finished in the observations of the last 15 minutes, by queue and outcome. */
export async function pastFinished(tx: Sql, sourceId: string, now: Date): Promise<Past[]> {
  const { rows } = await tx.query<Past>(
    `SELECT s.entity, s.metric, sum(p.value)::float8 AS sum,
       coalesce(sum(p.value) FILTER (WHERE p.at >= $3), 0)::float8 AS "rateSum",
       (count(*) FILTER (WHERE p.at >= $3))::int AS "rateCount", min(p.at) FILTER (WHERE p.at >= $3) AS "rateFrom"
     FROM series s JOIN sample p ON p.series_id = s.id
     WHERE s.source_id = $1::uuid AND s.signal = 'queues' AND s.metric IN ('finished_ok', 'finished_failed')
       AND p.at >= $2 AND p.at < $4
     GROUP BY 1, 2`,
    [sourceId, new Date(now.getTime() - WINDOW_MS), new Date(now.getTime() - RATE_MS), now],
  );
  return rows;
}

/** The window with the newest observation in it. Figures are null until something was observed. */
export function windowOf(
  finished: Finished,
  past: readonly Past[],
  times: { now: Date; before: Date | null },
): StoredFinished {
  const outcome = (metric: string) => past.find((row) => row.metric === metric);
  const ok = total(finished.completed, outcome("finished_ok"), times);
  const bad = total(finished.failed, outcome("finished_failed"), times);
  return {
    completed: ok.sum,
    failed: bad.sum,
    completedPerMinute: ok.perMinute,
    failedPerMinute: bad.perMinute,
    failureRatio: ok.sum === null || bad.sum === null ? null : ratio(bad.sum, ok.sum + bad.sum),
    from: finished.from,
    estimatedBecause: finished.estimatedBecause,
  };
}

function total(
  newest: number | null,
  past: Past | undefined,
  { now, before }: { now: Date; before: Date | null },
): { sum: number | null; perMinute: number | null } {
  if (newest === null && !past) return { sum: null, perMinute: null };
  const sum = (past?.sum ?? 0) + (newest ?? 0);
  const since = past?.rateFrom ? now.getTime() - past.rateFrom.getTime() : 0;
  // Each observation covers the time since the one before it, so the first covers one gap more.
  const gap =
    past && since > 0 ? since / past.rateCount : before ? now.getTime() - before.getTime() : 0;
  const covered = since + gap;
  const rateSum = (past?.rateSum ?? 0) + (newest ?? 0);
  return { sum, perMinute: covered > 0 ? (rateSum / covered) * MINUTE : null };
}
