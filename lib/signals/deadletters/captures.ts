import type { z } from "zod";
import { DAY, MINUTE } from "#lib/core/time.ts";
import { sql } from "#lib/db/sql.ts";
import { defineRead } from "#lib/signals/define.ts";
import { freshnessOfSignal } from "#lib/signals/freshness.ts";
import { splitQueueId } from "#lib/sources/bullmq/queue-ids.ts";
import { shownQueue } from "./rows.ts";
import { type captureSchema, capturesParamsSchema, capturesSchema } from "./schema.ts";

/** What is stored of one queue; its losses are of the time since `$1`, to ten minutes. */
export interface CaptureRow {
  key: string;
  source: string;
  sourceId: string;
  dead: number;
  lost24h: number;
  /** There may be more: a queue without events, or a gap in them, does not tell all of its losses. */
  lostUnseen: boolean;
  poison: number;
  /** Of these, those that have stalled. */
  stalled: number;
  capturedAt: Date | null;
  failedSet: number | null;
  gapSince: Date | null;
  reconciledAt: Date | null;
}

export const CAPTURES = `SELECT q.key, s.name AS source, s.id AS "sourceId", q.captured_at AS "capturedAt", q.gap_since AS "gapSince",
    q.reconciled_at AS "reconciledAt", (e.data ->> 'failedSet')::float8 AS "failedSet",
    coalesce((SELECT sum(c.count) FROM deadletters_facet f JOIN deadletters_count c ON c.facet_id = f.id AND c.state = 'dead'
      WHERE f.queue_id = q.id), 0)::float8 AS dead,
    coalesce((SELECT sum(a.lost) FROM deadletters_facet f JOIN deadletters_count c ON c.facet_id = f.id AND c.state = 'lost' AND c.count > 0
      JOIN deadletters_arrival a ON a.facet_id = f.id AND a.at > $1::timestamptz
      WHERE f.queue_id = q.id AND f.last_seen > $1::timestamptz), 0)::float8 AS "lost24h",
    (q.event_id IS NULL OR q.gap_since IS NOT NULL OR coalesce(q.gap_at > $1::timestamptz, false)) AS "lostUnseen",
    p.poison, p.stalled
  FROM deadletters_queue q JOIN source s ON s.id = q.source_id AND s.enabled
  CROSS JOIN LATERAL (SELECT count(*)::float8 AS poison, (count(*) FILTER (WHERE l.stalls > 0))::float8 AS stalled
    FROM deadletters_letter l WHERE l.queue_id = q.id AND l.state = 'dead' AND l.poison) p
  LEFT JOIN entity e ON e.source_id = q.source_id AND e.signal = 'deadletters' AND e.key = q.key`;

/** Capturing looks about once a second; more than this is no jitter. */
export const MAX_LAG_MS = 2 * MINUTE;

/** How well failures are captured, queue by queue. */
export const captures = defineRead({
  params: capturesParamsSchema,
  data: capturesSchema,
  async run({ now }, { queue }) {
    const wanted = queue === undefined ? null : splitQueueId(queue);
    const { rows } = await sql.query<CaptureRow>(
      `${CAPTURES} WHERE $2::text IS NULL OR (s.name = $2 AND q.key = $3) ORDER BY s.name, q.key`,
      [new Date(now.getTime() - DAY), wanted?.source ?? null, wanted?.key ?? null],
    );
    const freshness = await freshnessOfSignal("deadletters", wanted?.source ?? null, now);
    return { data: { rows: rows.map(toCapture) }, ...freshness };
  },
});

function toCapture(row: CaptureRow): z.input<typeof captureSchema> {
  const {
    key,
    source,
    sourceId,
    capturedAt,
    gapSince,
    reconciledAt,
    stalled: _stalled,
    ...counts
  } = row;
  return {
    ...counts,
    lost24h: counts.lostUnseen && counts.lost24h === 0 ? null : counts.lost24h,
    queue: shownQueue(source, sourceId, key),
    capturedAt: capturedAt?.toISOString() ?? null,
    gapSince: gapSince?.toISOString() ?? null,
    reconciledAt: reconciledAt?.toISOString() ?? null,
  };
}
