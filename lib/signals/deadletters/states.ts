/**
 * Where a dead letter stands. They are facts, not errors: `superseded` = somebody else acted on the job first; `gone` = it is not
 * in its queue any more and nobody here retried it; `unknown` = whether our retry took effect could not be found out; `lost` = the
 * queue threw the payload away with the failure, so only the error is known.
 */
export const LETTER_STATES = [
  "dead",
  "claimed",
  "retried",
  "moved",
  "discarded",
  "superseded",
  "gone",
  "unknown",
  "lost",
] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/**
 * What may follow what; anything else is refused. A failure is retried once: only a server that lost the retry with its last
 * writes, so that the very same failure stands there again, leads out of `retried`.
 */
export const NEXT_STATES: Readonly<Record<LetterState, readonly LetterState[]>> = {
  dead: ["claimed", "discarded", "superseded", "gone"],
  claimed: ["dead", "retried", "moved", "superseded", "gone", "unknown"],
  retried: ["dead"],
  moved: [],
  discarded: ["dead"],
  superseded: [],
  // A copy can still be put into a queue: its payload is here.
  gone: ["claimed", "discarded"],
  // A person who has looked may decide.
  unknown: ["dead", "discarded"],
  lost: [],
};

/** What became of a retried or moved job. */
export const OUTCOMES = ["completed", "failed_again", "unknown"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The few kinds of reasons that metrics may name. */
export const REASON_CLASSES = [
  "timeout",
  "network",
  "rate_limit",
  "auth",
  "not_found",
  "conflict",
  "validation",
  "stalled",
  "bug",
  "other",
] as const;
export type ReasonClass = (typeof REASON_CLASSES)[number];

export const REDRIVE_STATES = [
  "running",
  "canary",
  "paused",
  "held",
  "completed",
  "stopped",
  "cancelled",
] as const;
export type RedriveState = (typeof REDRIVE_STATES)[number];

/** What is known of a breaker, the worst first. Only one that is known to be open holds a redrive. */
export const BREAKER_STATES = ["open", "half_open", "closed", "unknown"] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];
