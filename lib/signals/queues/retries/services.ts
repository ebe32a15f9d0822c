import { ratio } from "#lib/core/stats.ts";
import { MINUTE } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { MIN_JOBS } from "./arithmetic.ts";

export interface ServiceRetries {
  service: string;
  queues: number;
  /** Attempts that began, and the jobs they were for. */
  attempts: number;
  jobs: number;
  retries: number;
  /** Attempts per job; null with too few jobs. */
  amplification: number | null;
}

const WINDOW_MS = 15 * MINUTE;

/** Retries by the label `service` of the sources, else by source, over 15 minutes. Queues without events are not in it. */
export async function readServices(now: Date): Promise<ServiceRetries[]> {
  const { rows } = await sql.query<Omit<ServiceRetries, "amplification">>(
    `SELECT service, count(*)::int AS queues, sum(begun) AS attempts, sum(greatest(asked, first)) AS jobs, sum(retries) AS retries
     FROM (
       SELECT coalesce(nullif(s.labels ->> 'service', ''), s.name) AS service, sum(m.first + m.again) AS begun,
         sum(m.asked) AS asked, sum(m.first) AS first, sum(m.retries) AS retries
       FROM queues_minute m JOIN source s ON s.id = m.source_id AND s.enabled
       WHERE m.at > $1 AND m.at <= $2 GROUP BY 1, m.source_id, m.key
     ) AS queue GROUP BY service ORDER BY sum(retries) DESC, service`,
    [new Date(now.getTime() - WINDOW_MS), now],
  );
  return rows.map((row) => ({
    ...row,
    amplification: row.jobs < MIN_JOBS ? null : ratio(row.attempts, row.jobs),
  }));
}
