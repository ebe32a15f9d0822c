import { SECOND } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { storedFamily } from "#lib/metrics/counters.ts";
import type { MetricFamily } from "#lib/metrics/define.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { MAX_LAG_MS } from "./captures.ts";
import { DLQ_ARRIVALS, DLQ_LOST, REDRIVE_LETTERS } from "./metric-names.ts";
import { ACTIVE_STATES } from "./redrive/blocked.ts";

interface Exposed {
  source: string;
  key: string;
  dead: number;
  poison: number;
  oldest: Date | null;
  /** When somebody looked at it; null before everything that it held was captured once. */
  seenAt: Date | null;
  capturedAt: Date | null;
}

/** The oldest of each facet stands first in the one index that has them in order. */
const QUEUES = `SELECT s.name AS source, q.key, q.captured_at AS "capturedAt",
    CASE WHEN q.captured_at IS NOT NULL THEN greatest(q.captured_at, e.observed_at) END AS "seenAt",
    coalesce(sum(c.count), 0)::float8 AS dead, min(o.failed_at) AS oldest,
    (SELECT count(*) FROM deadletters_letter l WHERE l.queue_id = q.id AND l.state = 'dead' AND l.poison)::float8 AS poison
  FROM deadletters_queue q JOIN source s ON s.id = q.source_id AND s.enabled
  LEFT JOIN entity e ON e.source_id = q.source_id AND e.signal = 'deadletters' AND e.key = q.key
  LEFT JOIN deadletters_facet f ON f.queue_id = q.id
  LEFT JOIN deadletters_count c ON c.facet_id = f.id AND c.state = 'dead' AND c.count > 0
  LEFT JOIN LATERAL (SELECT l.failed_at FROM deadletters_letter l WHERE l.facet_id = c.facet_id AND l.state = 'dead'
    ORDER BY l.failed_at, l.id LIMIT 1) o ON true
  GROUP BY s.name, q.id, e.observed_at ORDER BY s.name, q.key`;

const LABELS = ["source", "prefix", "queue"];

function labelsOf(source: string, key: string): Record<string, string> {
  const { prefix, name } = refOfKey(key) ?? { prefix: "", name: key };
  return { source, prefix, queue: name };
}

function perQueue(
  name: string,
  help: string,
  value: (queue: Exposed, now: Date) => number | null,
): MetricFamily {
  const read = async (now: Date) => {
    const { rows } = await sql.query<Exposed>(QUEUES);
    return rows.flatMap((row) => {
      const found = value(row, now);
      return found === null ? [] : [{ labels: labelsOf(row.source, row.key), value: found }];
    });
  };
  return { name, help, type: "gauge", labels: LABELS, read };
}

/** A gauge of what is in the queue: not known while nobody can look. While much arrives it is what has been captured so far. */
const held = (
  name: string,
  help: string,
  value: (queue: Exposed, now: Date) => number,
): MetricFamily =>
  perQueue(name, help, (queue, now) => {
    const isKnown = queue.seenAt && now.getTime() - queue.seenAt.getTime() <= MAX_LAG_MS;
    return isKnown ? value(queue, now) : null;
  });

const ageSeconds = (at: Date, now: Date): number =>
  Math.max(0, now.getTime() - at.getTime()) / SECOND;

/** By queue and kind of reason: a group, a job or an error's text would be a series of its own each. */
export const metrics: readonly MetricFamily[] = [
  held("plumbline_dlq_items", "Dead letters nobody has dealt with.", ({ dead }) => dead),
  held(
    "plumbline_dlq_poison_items",
    "Dead letters of jobs that seem to kill their workers, or keep failing in the same way when retried.",
    ({ poison }) => poison,
  ),
  held(
    "plumbline_dlq_oldest_age_seconds",
    "Time since the oldest dead letter failed; 0 when there is none.",
    ({ oldest }, now) => (oldest ? ageSeconds(oldest, now) : 0),
  ),
  perQueue(
    "plumbline_dlq_capture_lag_seconds",
    "Time since failures were last read from the queue.",
    ({ capturedAt }, now) => capturedAt && ageSeconds(capturedAt, now),
  ),
  storedFamily({
    name: DLQ_ARRIVALS,
    help: "Failures stored as dead letters, by kind of reason.",
    type: "counter",
    labels: [...LABELS, "reason_class"],
  }),
  storedFamily({
    name: DLQ_LOST,
    help: "Failures whose payload the queue had thrown away.",
    type: "counter",
    labels: LABELS,
  }),
  storedFamily({
    name: REDRIVE_LETTERS,
    help: "Dead letters that redrives dealt with, by what came of it.",
    type: "counter",
    labels: [...LABELS, "state"],
  }),
  {
    name: "plumbline_redrive_active",
    help: "Redrives under way, by where they stand.",
    type: "gauge",
    labels: [...LABELS, "state"],
    async read() {
      const { rows } = await sql.query<{ source: string; key: string; state: string }>(
        `SELECT s.name AS source, q.key, r.state FROM deadletters_redrive r
         JOIN deadletters_queue q ON q.id = r.queue_id JOIN source s ON s.id = q.source_id AND s.enabled
         WHERE r.state = ANY($1::text[]) ORDER BY 1, 2`,
        [[...ACTIVE_STATES]],
      );
      return rows.map(({ source, key, state }) => ({
        labels: { ...labelsOf(source, key), state },
        value: 1,
      }));
    },
  },
];
