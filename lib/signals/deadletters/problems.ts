import { DAY, MINUTE } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { FoundProblem, SaveContext } from "#lib/signals/define.ts";
import { queueId, refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { type CaptureRow, CAPTURES, MAX_LAG_MS } from "./captures.ts";
import { writeQuery, type Wanted } from "./search/grammar.ts";

/** What counts as growing: so many in the window, and so many times what the day before was like. */
const MIN_ARRIVALS = 20;
const TIMES_USUAL = 3;
/** Arrivals are counted by ten minutes, so the window is the last ten to twenty minutes. */
const WINDOW_MS = 20 * MINUTE;

interface Watched extends CaptureRow {
  name: string;
  now: Date;
  /** In the window, and in as long a time of the day before it, on average. */
  arrived: number;
  usual: number;
  /** The page that shows the queue's letters, narrowed by a further term. */
  href(...terms: Wanted[]): string;
}

/** What is wrong with the failures of this source's queues. */
export async function problems({ tx, source, now }: SaveContext): Promise<FoundProblem[]> {
  const { rows } = await tx.query<CaptureRow>(
    `${CAPTURES} WHERE q.source_id = $2::uuid ORDER BY q.key`,
    [new Date(now.getTime() - DAY), source.id],
  );
  const arrivals = await arrivalsOf(tx, source.id, now);
  return rows.flatMap((row) => {
    const { arrived = 0, before = 0 } = arrivals.get(row.key) ?? {};
    const href = (...terms: Wanted[]): string => {
      const queue = { is: "queue" as const, value: queueId(source.name, row.key), pattern: false };
      const wanted = [queue, ...terms].map((term) => ({ ...term, negated: false }));
      return `/dead-letters?q=${encodeURIComponent(writeQuery(wanted))}`;
    };
    const name = refOfKey(row.key)?.name ?? row.key;
    const usual = (before / (DAY - WINDOW_MS)) * WINDOW_MS;
    const watched = { ...row, name, now, arrived, usual, href };
    const found = [growing(watched), poison(watched), losses(watched), gap(watched), lag(watched)];
    return found.filter((problem) => problem !== null);
  });
}

async function arrivalsOf(tx: Sql, sourceId: string, now: Date) {
  const { rows } = await tx.query<{ key: string; arrived: number; before: number }>(
    `SELECT q.key, coalesce(sum(a.count) FILTER (WHERE a.at > $2), 0)::float8 AS arrived,
       coalesce(sum(a.count) FILTER (WHERE a.at <= $2), 0)::float8 AS before
     FROM deadletters_queue q JOIN deadletters_facet f ON f.queue_id = q.id JOIN deadletters_arrival a ON a.facet_id = f.id
     WHERE q.source_id = $1::uuid AND a.at > $3 AND a.at <= $4 GROUP BY 1`,
    [sourceId, new Date(now.getTime() - WINDOW_MS), new Date(now.getTime() - DAY), now],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

function growing({ key, name, arrived, usual, href }: Watched): FoundProblem | null {
  if (arrived < MIN_ARRIVALS || arrived < TIMES_USUAL * usual) return null;
  const times = usual >= 1 ? `, ${Math.floor(arrived / usual)} times the usual` : "";
  const title = `${name}: ${figure(arrived)} dead letters in 20 minutes${times}`;
  const recent = { is: "failed" as const, since: { agoMs: WINDOW_MS }, until: null };
  return { type: "dlq_growing", entity: key, severity: "warning", title, href: href(recent) };
}

function poison({ key, name, poison: count, stalled, href }: Watched): FoundProblem | null {
  if (count === 0) return null;
  const killers =
    stalled === 1 ? "job seems to kill its worker" : "jobs seem to kill their workers";
  const hopeless = count - stalled;
  const fails = hopeless === 1 ? "job keeps" : "jobs keep";
  const what = [
    stalled > 0 ? `${figure(stalled)} ${killers}` : "",
    hopeless > 0 ? `${figure(hopeless)} ${fails} failing in the same way when retried` : "",
  ]
    .filter(Boolean)
    .join(", ");
  const shown = href({ is: "flag", flag: "poison" });
  return {
    type: "dlq_poison",
    entity: key,
    severity: "warning",
    title: `${name}: ${what}`,
    href: shown,
  };
}

function losses({ key, name, lost24h, lostUnseen, href }: Watched): FoundProblem | null {
  if (lost24h === 0) return null;
  const title = `${name} discards failures: ${lostUnseen ? "at least " : ""}${figure(lost24h)} lost in 24 h`;
  const shown = href({ is: "state", state: "lost" });
  return { type: "dlq_losses", entity: key, severity: "warning", title, href: shown };
}

function gap({ key, name, gapSince, href }: Watched): FoundProblem | null {
  if (!gapSince) return null;
  const title = `${name}: events were gone before they were read; failures thrown away meanwhile are not known`;
  return {
    type: "dlq_capture_gap",
    entity: key,
    severity: "warning",
    title,
    href: href(),
    since: gapSince,
  };
}

function lag({ key, name, capturedAt, now, href }: Watched): FoundProblem | null {
  const late = capturedAt ? now.getTime() - capturedAt.getTime() : 0;
  if (!capturedAt || late <= MAX_LAG_MS) return null;
  const title = `${name}: failures were last captured ${Math.round(late / MINUTE)} minutes ago`;
  return {
    type: "dlq_capture_lag",
    entity: key,
    severity: "warning",
    title,
    href: href(),
    since: capturedAt,
  };
}

const figure = (count: number): string => count.toLocaleString("en");
