import { counterDelta } from "#lib/core/stats.ts";
import type { EventCounts } from "./events.ts";
import type { QueueState } from "./state.ts";

/** What one look must remember so that the next can tell what happened in between. */
export interface Cursor {
  eventId: string | null;
  totals: { completed: number | null; failed: number | null };
  added: number | null;
  /** Jobs that were not finished. */
  inside: number | null;
  failedKept: number | null;
}

/** Jobs that finished since the look before; null = cannot be told. */
export interface Finished {
  completed: number | null;
  failed: number | null;
  from: "worker_metrics" | "events" | "difference" | null;
  estimatedBecause: string | null;
}

const UNKNOWN: Finished = { completed: null, failed: null, from: null, estimatedBecause: null };

/** What the counts need of a queue's state; every backend has it. */
type Sizes = Pick<QueueState, "counts" | "added" | "workerTotals">;

/**
 * Counts what finished since `before`: from the totals that workers keep where they collect metrics and those move, else
 * from the event stream, else from how the sizes changed. `readEvents` counts events behind a cursor.
 */
export async function readFinished(
  state: Sizes,
  before: Cursor | null,
  readEvents: (cursor: string | null) => Promise<EventCounts | null>,
): Promise<{ finished: Finished; cursor: Cursor }> {
  const cursor: Cursor = {
    eventId: null,
    totals: state.workerTotals,
    added: state.added,
    inside: unfinished(state),
    failedKept: state.counts.failed,
  };
  const counted = before && fromTotals(before.totals, state.workerTotals);
  if (counted && counted.completed + counted.failed > 0) {
    const finished: Finished = { ...counted, from: "worker_metrics", estimatedBecause: null };
    return { finished, cursor };
  }
  const events = await readEvents(before?.eventId ?? null);
  cursor.eventId = events?.lastId ?? null;
  if (!before) return { finished: UNKNOWN, cursor };
  if (events && before.eventId !== null) return { finished: fromEvents(events), cursor };
  // Totals that stand still may be left over from workers that kept them once: only a look at the events tells.
  if (counted) {
    return { finished: { ...counted, from: "worker_metrics", estimatedBecause: null }, cursor };
  }
  return { finished: events ? UNKNOWN : fromSizes(before, cursor), cursor };
}

/** Workers create a total with the first job of that outcome: while the other exists, a missing one is 0. */
function fromTotals(before: Cursor["totals"], now: Cursor["totals"]) {
  if (before.completed === null && before.failed === null) return null;
  const completed = counterDelta(before.completed ?? 0, now.completed ?? 0);
  const failed = counterDelta(before.failed ?? 0, now.failed ?? 0);
  return completed === null || failed === null ? null : { completed, failed };
}

function fromEvents(events: {
  completed: number;
  failed: number;
  projected: boolean;
  gap: boolean;
}): Finished {
  const { completed, failed } = events;
  const estimatedBecause = events.gap
    ? "BullMQ trimmed events before they were read."
    : events.projected
      ? "Too many events to read all: projected from a part."
      : null;
  return { completed, failed, from: "events", estimatedBecause };
}

/** What was added and is not there any more has finished, unless somebody removed it. */
function fromSizes(before: Cursor, now: Cursor): Finished {
  const added = counterDelta(before.added, now.added ?? -1);
  if (added === null || before.inside === null || now.inside === null) return UNKNOWN;
  const finished = added - (now.inside - before.inside);
  const failed = Math.max((now.failedKept ?? 0) - (before.failedKept ?? 0), 0);
  if (finished < failed) return UNKNOWN;
  return {
    completed: finished - failed,
    failed,
    from: "difference",
    estimatedBecause: "No events to read: worked out from how the sizes changed.",
  };
}

function unfinished({ counts }: Sizes): number | null {
  const parts = [
    counts.waiting,
    counts.paused,
    counts.prioritized,
    counts.active,
    counts.delayed,
    counts["waiting-children"],
  ];
  return parts.reduce<number | null>(
    (sum, part) => (sum === null || part === null ? null : sum + part),
    0,
  );
}
