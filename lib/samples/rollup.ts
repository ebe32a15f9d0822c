import { HOUR, MINUTE } from "#lib/core/time.ts";
import { type Sql, transaction } from "#lib/db/sql.ts";

interface Level {
  target: "sample_1m" | "sample_1h";
  from: "sample" | "sample_1m";
  widthMs: number;
  /** How one bucket comes out of the finer table. */
  aggregate: string;
}

const LEVELS: readonly Level[] = [
  {
    target: "sample_1m",
    from: "sample",
    widthMs: MINUTE,
    aggregate:
      "count(value), sum(value), min(value), max(value), (array_agg(value ORDER BY at DESC))[1]",
  },
  {
    target: "sample_1h",
    from: "sample_1m",
    widthMs: HOUR,
    aggregate: "sum(count), sum(sum), min(min), max(max), (array_agg(last ORDER BY at DESC))[1]",
  },
];

/** Samples may arrive this late and still count; a bucket becomes final only after it. */
export const LATE_MS = 2 * MINUTE;
/** How much time one transaction covers: after a long outage the work is done in steps. */
const STEP_BUCKETS = 60;

/**
 * Brings both rollups up to `now`. Buckets that can still change are written too, and again by the next call, so charts
 * have no hole at their end. Any number of workers may call it at once, and a call that dies is simply repeated.
 */
export async function rollUp(now: Date): Promise<void> {
  for (const level of LEVELS) {
    while (await transaction((tx) => step(tx, level, now))) {
      // Each step commits on its own.
    }
  }
}

/** Aggregates the next stretch of one level. False when it has reached `now`. */
async function step(
  tx: Sql,
  { target, from, widthMs, aggregate }: Level,
  now: Date,
): Promise<boolean> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`plumbline.rollup.${target}`]);
  const start = await nextBucket(tx, target, from, widthMs);
  if (start === null || start > now.getTime()) return false;
  const end = Math.min(start + STEP_BUCKETS * widthMs, ceil(now.getTime() + 1, widthMs));
  await tx.query(
    `INSERT INTO ${target} (series_id, at, count, sum, min, max, last)
     SELECT series_id, date_bin($1::interval, at, 'epoch'::timestamptz), ${aggregate}
     FROM ${from} WHERE at >= $2 AND at < $3 GROUP BY 1, 2
     ON CONFLICT (series_id, at) DO UPDATE SET count = EXCLUDED.count, sum = EXCLUDED.sum, min = EXCLUDED.min, max = EXCLUDED.max, last = EXCLUDED.last`,
    [`${widthMs} milliseconds`, new Date(start), new Date(end)],
  );
  const final = Math.min(end, await finalUntil(tx, from, widthMs, now));
  await tx.query(
    `INSERT INTO rollup_progress (target, until) VALUES ($1, $2)
     ON CONFLICT (target) DO UPDATE SET until = greatest(rollup_progress.until, EXCLUDED.until)`,
    [target, new Date(final)],
  );
  return end <= now.getTime() && final > start;
}

/** Where to go on: after what is final, or at the oldest sample there is. Null without any samples. */
async function nextBucket(
  tx: Sql,
  target: string,
  from: string,
  widthMs: number,
): Promise<number | null> {
  const progress = await tx.query<{ until: Date }>(
    "SELECT until FROM rollup_progress WHERE target = $1",
    [target],
  );
  if (progress.rows[0]) return progress.rows[0].until.getTime();
  const oldest = await tx.query<{ at: Date | null }>(`SELECT min(at) AS at FROM ${from}`);
  const at = oldest.rows[0]?.at;
  return at ? Math.floor(at.getTime() / widthMs) * widthMs : null;
}

/** The end of the last bucket that cannot change any more: late samples are in, and the finer rollup is final. */
async function finalUntil(tx: Sql, from: string, widthMs: number, now: Date): Promise<number> {
  const settled = now.getTime() - LATE_MS;
  if (from === "sample") return Math.floor(settled / widthMs) * widthMs;
  const { rows } = await tx.query<{ until: Date }>(
    "SELECT until FROM rollup_progress WHERE target = $1",
    [from],
  );
  return Math.floor(Math.min(settled, rows[0]?.until.getTime() ?? 0) / widthMs) * widthMs;
}

const ceil = (ms: number, widthMs: number): number => Math.ceil(ms / widthMs) * widthMs;
