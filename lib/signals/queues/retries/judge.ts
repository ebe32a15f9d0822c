import { HOUR, MINUTE, SECOND } from "#lib/core/time.ts";
import {
  amplification,
  type Attempts,
  budgetUsed,
  expectedAttempts,
  failureShare,
} from "./arithmetic.ts";
import {
  countDurations,
  type DurationCounts,
  addDurations,
  durationQuantile,
} from "./durations.ts";
import { mergeErrors, OTHER_ERRORS } from "./errors.ts";
import { type Minute, since, sumOf } from "./minutes.ts";
import type { PolicySeen } from "./policy.ts";
import { judgeStorm, type Storm } from "./storm.ts";

/** Percentiles in seconds, over the last 15 minutes. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  /** How many were timed, of how many. */
  timed: number;
  of: number;
}

export interface Times {
  /** From when a job could run to its start; null when none was timed. */
  wait: Percentiles | null;
  /** From start to end of each attempt. */
  run: Percentiles | null;
}

/** Retries of a queue as they are stored and shown. Ratios are null with too few jobs to judge. */
export interface Retries {
  /** The last 15 minutes. */
  attempts: Attempts;
  amplification: number | null;
  /** What independent failures would make of it; null when no options were seen. */
  expected: number | null;
  /** Share of the attempts that failed, for good or not. */
  failing: number | null;
  budget: { fiveMinutes: Burn; hour: Burn };
  /** Most frequent first, as shares of the failures of the last 15 minutes. */
  errors: { text: string; share: number }[];
  storm: (Storm & { since: string }) | null;
}

interface Burn {
  /** 1 = the whole budget. */
  used: number | null;
  attempts: Attempts;
}

const QUARTER = 15 * MINUTE;
const FIVE = 5 * MINUTE;
const ERRORS_SHOWN = 5;

export function timesOf(minutes: readonly Minute[], now: Date): Times {
  const recent = since(minutes, now, QUARTER);
  const { first, again, completed, failed, retries } = sumOf(recent);
  const all = (pick: (minute: Minute) => DurationCounts): DurationCounts =>
    recent.map(pick).reduce(addDurations, []);
  return {
    wait: percentiles(
      all(({ waits }) => waits),
      first + again,
    ),
    run: percentiles(
      all(({ runs }) => runs),
      completed + failed + retries,
    ),
  };
}

function percentiles(counts: DurationCounts, of: number): Percentiles | null {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => durationQuantile(counts, q));
  if (typeof p50 !== "number" || typeof p95 !== "number" || typeof p99 !== "number") return null;
  const timed = Math.round(countDurations(counts));
  return {
    p50: inSeconds(p50),
    p95: inSeconds(p95),
    p99: inSeconds(p99),
    timed,
    of: Math.max(Math.round(of), timed),
  };
}

/** More digits would say more than is known. */
const inSeconds = (ms: number): number => Number((ms / SECOND).toPrecision(2));

export function retriesOf(
  minutes: readonly Minute[],
  context: { now: Date; policies: readonly PolicySeen[]; before: Retries | null | undefined },
): Retries {
  const { now, before } = context;
  const quarter = since(minutes, now, QUARTER);
  const five = sumOf(since(minutes, now, FIVE));
  const attempts = sumOf(quarter);
  const errors = mergeErrors(...quarter.map((minute) => minute.errors));
  const failing = failureShare(attempts);
  const storm = judgeStorm({
    now: five,
    before: sumOf(minutes.filter(({ at }) => at.getTime() <= now.getTime() - FIVE)),
    errors,
    going: Boolean(before?.storm),
  });
  return {
    attempts,
    amplification: amplification(attempts),
    expected: failing === null ? null : expected(failing, context.policies),
    failing,
    budget: { fiveMinutes: burn(five), hour: burn(sumOf(since(minutes, now, HOUR))) },
    errors: shares(errors),
    storm: storm && { ...storm, since: before?.storm?.since ?? now.toISOString() },
  };
}

const burn = (attempts: Attempts): Burn => ({ used: budgetUsed(attempts), attempts });

/** Over the options that were seen, by how often they were. */
function expected(failing: number, policies: readonly PolicySeen[]): number | null {
  const looks = policies.reduce((sum, policy) => sum + policy.looks, 0);
  if (looks === 0) return null;
  const sum = policies.reduce(
    (total, { options, looks: own }) =>
      total + own * expectedAttempts(failing, options.attempts ?? 1),
    0,
  );
  return sum / looks;
}

function shares(errors: Record<string, number>): Retries["errors"] {
  const total = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return Object.entries(errors)
    .filter(([kind]) => kind !== OTHER_ERRORS)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, ERRORS_SHOWN)
    .map(([text, count]) => ({ text, share: count / total }));
}
