import { counterDelta } from "#lib/core/stats.ts";
import { MINUTE } from "#lib/core/time.ts";
import { eventTime } from "#lib/sources/bullmq/event-stream.ts";
import type { EventCounts, Flow } from "./events.ts";
import type { OpenJob } from "./lives.ts";
import type { QueueState } from "./state.ts";

/** What one look must remember so that the next can tell what happened in between. */
export interface Cursor {
  eventId: string | null;
  totals: { completed: number | null; failed: number | null };
  added: number | null;
  /** Jobs that were not finished. */
  inside: number | null;
  failedKept: number | null;
  /** Jobs that wait or are at work, as far as they are followed. */
  open: readonly OpenJob[];
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
 * from the events, else from how the sizes changed. `readEvents` reads the events behind a cursor: also what the totals do not
 * tell, such as retries and times; `flow` is null when there is nothing to read, or nothing to compare with.
 */
export async function readFinished(
  state: Sizes,
  before: Cursor | null,
  readEvents: (before: Cursor | null) => Promise<EventCounts | null>,
): Promise<{ finished: Finished; flow: Flow | null; cursor: Cursor }> {
  const events = await readEvents(before);
  const cursor: Cursor = {
    eventId: events?.lastId ?? null,
    totals: state.workerTotals,
    added: state.added,
    inside: unfinished(state),
    failedKept: state.counts.failed,
    open: events ? stillFollowed(events, state) : [],
  };
  return { finished: judge(state, before, events, cursor), flow: events?.flow ?? null, cursor };
}

/**
 * A drain writes no events. When more jobs have waited for a minute than there are, nobody knows which of them are gone: those that
 * wait are given up, or they would keep the places of jobs that came since.
 */
function stillFollowed({ open, lastId }: EventCounts, { counts }: Sizes): readonly OpenJob[] {
  const waiting = sum([counts.waiting, counts.paused, counts.prioritized]);
  const before = eventTime(lastId) - MINUTE;
  const old = open.filter(([, stage, at]) => stage === "ready" && at < before);
  const isTooMany = waiting !== null && old.length > waiting;
  return isTooMany ? open.filter(([, stage]) => stage === "active") : open;
}

function judge(
  state: Sizes,
  before: Cursor | null,
  events: EventCounts | null,
  cursor: Cursor,
): Finished {
  if (!before) return UNKNOWN;
  const counted = fromTotals(before.totals, state.workerTotals);
  const exact =
    counted && ({ ...counted, from: "worker_metrics", estimatedBecause: null } as const);
  if (exact && exact.completed + exact.failed > 0) return exact;
  if (events?.flow) return fromEvents(events);
  // Totals that stand still may be left over from workers that kept them once: only the events tell.
  if (exact) return exact;
  return events ? UNKNOWN : fromSizes(before, cursor);
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
  return sum([
    counts.waiting,
    counts.paused,
    counts.prioritized,
    counts.active,
    counts.delayed,
    counts["waiting-children"],
  ]);
}

const sum = (parts: readonly (number | null)[]): number | null =>
  parts.reduce((all, part) => (all === null || part === null ? null : all + part), 0);
