import { ratio } from "#lib/core/stats.ts";

/** What a queue's jobs and attempts did in a window, as far as its events tell. Estimates may be fractions. */
export interface Attempts {
  /** Jobs that came in line: added to run now, delayed ones whose time has come, failed ones retried by hand. */
  asked: number;
  /** Attempts that began: the first of their job, and those after a failed one. */
  first: number;
  again: number;
  /** Attempts that ended well, badly for good, and badly with another one to come. */
  completed: number;
  failed: number;
  retries: number;
  stalls: number;
}

export const NO_ATTEMPTS: Attempts = {
  asked: 0,
  first: 0,
  again: 0,
  completed: 0,
  failed: 0,
  retries: 0,
  stalls: 0,
};

/** Below this nothing is judged: one retry among three jobs is not a trend. */
export const MIN_JOBS = 20;

/**
 * A share of retries that a service in good health stays below. Finagle's RetryBudget allows 20 % of requests by default, Envoy's
 * retry_budget 20 % of the active ones.
 */
export const RETRY_BUDGET = 0.2;

/** The larger of jobs that came in line and jobs begun: a backlog that is worked off is work, not retries. */
export const jobsOf = ({ asked, first }: Attempts): number => Math.max(asked, first);

/** Attempts begun per job: 1 without retries. Null with too few jobs. */
export function amplification(attempts: Attempts): number | null {
  const jobs = jobsOf(attempts);
  return jobs < MIN_JOBS ? null : ratio(attempts.first + attempts.again, jobs);
}

/** The share of attempts that failed, for good or not. Null when none ended. */
export const failureShare = ({ completed, failed, retries }: Attempts): number | null =>
  ratio(failed + retries, completed + failed + retries);

/**
 * Attempts to expect per job when each fails with probability `p` and at most `n` are made: 1 + p + … + p^(n-1). It assumes that
 * attempts fail independently; in an outage they fail together, and it nears `n`.
 */
export function expectedAttempts(p: number, n: number): number {
  if (p >= 1) return n;
  return (1 - p ** n) / (1 - p);
}

/** Retries per job as a share of the budget: 1 = all of it used. Null with too few jobs. */
export function budgetUsed(attempts: Attempts): number | null {
  const jobs = jobsOf(attempts);
  return jobs < MIN_JOBS ? null : attempts.retries / jobs / RETRY_BUDGET;
}

export function addAttempts(a: Attempts, b: Attempts): Attempts {
  return {
    asked: a.asked + b.asked,
    first: a.first + b.first,
    again: a.again + b.again,
    completed: a.completed + b.completed,
    failed: a.failed + b.failed,
    retries: a.retries + b.retries,
    stalls: a.stalls + b.stalls,
  };
}
