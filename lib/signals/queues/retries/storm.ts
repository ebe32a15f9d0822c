import { ratio } from "#lib/core/stats.ts";
import { type Attempts, failureShare } from "./arithmetic.ts";
import { type ErrorCounts, OTHER_ERRORS } from "./errors.ts";

/** What the judgement is made of; shares are 0..1. */
export interface StormView {
  /** The last five minutes, and the hour up to then. */
  now: Attempts;
  before: Attempts;
  /** Failures of the last 15 minutes by kind. */
  errors: ErrorCounts;
  /** A storm was seen at the last look. */
  going: boolean;
}

export interface Storm {
  /** Share of the attempts that were repeats, and of those that succeeded. */
  repeats: number;
  success: number;
  error: string;
  /** Its share of the failures. */
  errorShare: number;
}

const MIN_ATTEMPTS = 20;
/** Every third attempt is a repeat: one and a half attempts per job. */
const REPEATS = { start: 1 / 3, stay: 1 / 6 };
const SUCCESS = { start: 0.7, stay: 0.85 };
/** Compared with the hour before, where there is enough of it: a queue that always retries much is not in a storm. */
const WORSE = { repeats: 1.25, success: 0.8 };
const MIN_FAILURES = 10;
const DOMINATES = 0.6;

/**
 * A retry storm: many attempts are repeats, few succeed, and one error stands behind most failures. It takes more to call one than
 * to call it over, so that it does not flicker. Null when there is none, or too little to judge.
 */
export function judgeStorm({ now, before, errors, going }: StormView): Storm | null {
  const attempts = now.first + now.again;
  const repeats = ratio(now.again, attempts);
  const failing = failureShare(now);
  const top = dominant(errors);
  if (repeats === null || failing === null || !top) return null;
  const success = 1 - failing;
  const storm = { repeats, success, error: top.kind, errorShare: top.share };
  if (going) return repeats >= REPEATS.stay && success <= SUCCESS.stay ? storm : null;
  if (attempts < MIN_ATTEMPTS || repeats < REPEATS.start || success > SUCCESS.start) return null;
  return isWorse(repeats, success, before) ? storm : null;
}

/** The kind of error behind most of the failures; null with too few, or when none stands out. */
export function dominant(errors: ErrorCounts): { kind: string; share: number } | null {
  const total = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const [kind, count] = Object.entries(errors)
    .filter(([each]) => each !== OTHER_ERRORS)
    .reduce<[string, number]>((best, each) => (each[1] > best[1] ? each : best), [OTHER_ERRORS, 0]);
  if (total < MIN_FAILURES || count / total <= DOMINATES) return null;
  return { kind, share: count / total };
}

function isWorse(repeats: number, success: number, before: Attempts): boolean {
  const attempts = before.first + before.again;
  const failing = failureShare(before);
  if (attempts < MIN_ATTEMPTS || failing === null) return true;
  return (
    repeats >= WORSE.repeats * (before.again / attempts) && success <= WORSE.success * (1 - failing)
  );
}
