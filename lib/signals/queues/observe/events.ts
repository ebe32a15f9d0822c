import {
  compareIds,
  type EventLimits,
  eventTime,
  type QueueEvent,
} from "#lib/sources/bullmq/event-stream.ts";
import type { Attempts } from "../retries/arithmetic.ts";
import { type ErrorCounts, errorKind, isNetworkError, mergeErrors } from "../retries/errors.ts";
import type { SampledJob } from "../retries/policy.ts";
import { Lives, type OpenJob } from "./lives.ts";
import { type LookAt, NOTHING_TOLD, type Told, tellUntold, type Weighted } from "./untold.ts";

/** What is read per queue and collection; a queue with more is sampled. */
const LIMITS = { events: 3_000, bytes: 1_000_000 };

/** Where the events of one queue are: every backend of BullMQ has them. */
export interface EventSource {
  /** Ids of the oldest and newest event kept; null when there are none, or they cannot be read. */
  ends(): Promise<{ first: string; last: string } | null>;
  /** Hands every event behind `cursor` to `visit`, within limits; answers the last one's id. */
  read(cursor: string, limits: EventLimits, visit: (event: QueueEvent) => void): Promise<string>;
  look: LookAt;
}

/** What the events, and a look at some of the jobs, tell about the time since the last look. */
export interface Flow extends Attempts {
  /** Failures that a second attempt may have cured. */
  network: number;
  /** Jobs that failed for good and of which nothing is left. */
  lost: number;
  errors: ErrorCounts;
  /** Milliseconds. */
  waits: Weighted[];
  runs: Weighted[];
  policies: SampledJob[];
}

export interface EventCounts {
  completed: number;
  /** Failed for good, with or without an attempt. */
  failed: number;
  /** Null at the first look, which only finds the end. */
  flow: Flow | null;
  /** Where to go on, and with which jobs. */
  lastId: string;
  open: OpenJob[];
  /** Some events were not read, so the counts are projected from those that were. */
  projected: boolean;
  /** Events were trimmed away before anybody read them. */
  gap: boolean;
}

/**
 * Reads the events behind the cursor once, in bounded chunks. Without one it only finds the end, so the next call can count. Null
 * when the queue has no events or they cannot be read.
 */
export async function readEvents(
  events: EventSource,
  before: { eventId: string | null; open: readonly OpenJob[] } | null,
): Promise<EventCounts | null> {
  const ends = await events.ends();
  if (!ends) return null;
  const from = before?.eventId ?? null;
  const nothing = { completed: 0, failed: 0, lastId: ends.last, projected: false, gap: false };
  if (!before || from === null) return { ...nothing, flow: null, open: [] };
  if (compareIds(ends.last, from) <= 0) {
    return { ...nothing, flow: toFlow(new Lives([]), NOTHING_TOLD, 1), open: [...before.open] };
  }
  const gap = compareIds(ends.first, from) > 0;
  // Behind a gap nobody knows what became of the jobs before it.
  const lives = new Lives(gap ? [] : before.open);
  const lastId = await events.read(from, LIMITS, (event) => lives.visit(event));
  const whole = compareIds(lastId, ends.last) >= 0;
  const factor = whole ? 1 : span(from, ends.last) / Math.max(span(from, lastId), 1);
  return {
    completed: Math.round(lives.completed * factor),
    failed: Math.round(lives.failed * factor),
    flow: toFlow(lives, await tellUntold(events.look, lives), factor),
    lastId: whole ? lastId : ends.last,
    open: whole ? lives.carry() : [],
    projected: !whole,
    gap,
  };
}

const span = (from: string, to: string): number => eventTime(to) - eventTime(from);

function toFlow(lives: Lives, told: Told, factor: number): Flow {
  // Jobs that workers put back without a failure neither were retries nor start as ones.
  const share = told.failedShare ?? 1;
  const reasons = [...lives.reasons.map((text) => ({ text, weight: 1 })), ...told.reasons];
  const scaled = (values: readonly Weighted[]): Weighted[] =>
    values.map(({ value, weight }) => ({ value, weight: weight * factor }));
  return {
    asked: lives.asked * factor,
    first: (lives.first + told.first) * factor,
    again: (lives.again * share + told.again) * factor,
    completed: lives.completed * factor,
    failed: lives.failedAttempts * factor,
    retries: lives.retries * share * factor,
    stalls: lives.stalls * factor,
    lost: told.lost * factor,
    network: countWhere(reasons, isNetworkError) * factor,
    errors: mergeErrors(
      ...reasons.map(({ text, weight }) => ({ [errorKind(text)]: weight * factor })),
    ),
    waits: scaled([...measured(lives.waits), ...told.waits]),
    runs: scaled([...measured(lives.runs), ...told.runs]),
    policies: told.policies,
  };
}

/** Redis' clock may have been set back in between. */
const measured = (values: readonly number[]): Weighted[] =>
  values.flatMap((value) => (value >= 0 ? [{ value, weight: 1 }] : []));

const countWhere = (
  reasons: readonly { text: string; weight: number }[],
  matches: (text: string) => boolean,
): number => reasons.reduce((sum, { text, weight }) => (matches(text) ? sum + weight : sum), 0);
