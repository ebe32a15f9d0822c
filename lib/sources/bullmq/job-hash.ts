/** What a job's hash tells besides its payload. Times are Dates; a field the hash does not have is null. */
export interface JobFacts {
  name: string | null;
  /** When it was added. */
  addedAt: Date | null;
  /** When its last attempt started and when it ended for good. */
  startedAt: Date | null;
  finishedAt: Date | null;
  /** Attempts that ended, and starts; a worker that puts a job back without a failure ends none. */
  attemptsMade: number;
  attemptsStarted: number | null;
  /** Null before the first. */
  stalls: number | null;
  priority: number;
  worker: string | null;
  parentKey: string | null;
  schedulerId: string | null;
}

/** In the order of `FACT_FIELDS`: BullMQ 5 shortened some names, and both forms are read. */
export const FACT_FIELDS = [
  "name",
  "timestamp",
  "processedOn",
  "finishedOn",
  "atm",
  "attemptsMade",
  "ats",
  "stc",
  "stalledCounter",
  "priority",
  "pb",
  "parentKey",
  "rjk",
] as const;

/** Decodes the answer of `HMGET job …FACT_FIELDS`; null when there is no such job. */
export function jobFacts(values: readonly (string | null)[]): JobFacts | null {
  if (values.every((value) => value === null)) return null;
  const [name, added, started, finished, atm, made, ats, stc, stalls, ...rest] = values;
  const [priority, pb, parent, scheduler] = rest;
  return {
    name: name ?? null,
    addedAt: time(added),
    startedAt: time(started),
    finishedAt: time(finished),
    attemptsMade: count(atm) ?? count(made) ?? 0,
    attemptsStarted: count(ats),
    stalls: count(stc) ?? count(stalls),
    priority: count(priority) ?? 0,
    worker: pb ?? null,
    parentKey: parent ?? null,
    schedulerId: scheduler ?? null,
  };
}

export interface Backoff {
  type: string;
  delayMs: number | null;
  jitter: number | null;
}

/** The options that decide what becomes of a job. An option that was not given is null: the library's default holds. */
export interface JobOptions {
  attempts: number | null;
  backoff: Backoff | null;
  delayMs: number | null;
  lifo: boolean;
  /** `true` and `{ count: 0 }` discard at once; null keeps for ever. */
  removeOnComplete: KeepPolicy | null;
  removeOnFail: KeepPolicy | null;
}

export interface KeepPolicy {
  /** Discarded in the moment it finishes: nothing to look at, nothing to retry. */
  atOnce: boolean;
  keepCount: number | null;
  keepSeconds: number | null;
}

/** Reads a job's `opts` text. Null when it is missing or is not a JSON object. */
export function jobOptions(text: string | null | undefined): JobOptions | null {
  const opts = parseObject(text);
  if (!opts) return null;
  return {
    // BullMQ writes 0 where nothing was asked for, and tries once.
    attempts: numeric(opts["attempts"]) || null,
    backoff: backoff(opts["backoff"]),
    delayMs: numeric(opts["delay"]),
    lifo: opts["lifo"] === true,
    removeOnComplete: keepPolicy(opts["removeOnComplete"]),
    removeOnFail: keepPolicy(opts["removeOnFail"]),
  };
}

/** What a child's failure does to its parent; null: the parent waits until the child completes. */
export type OnChildFailure = "fails" | "continues" | "ignores" | "forgets";

/** In the order in which BullMQ asks; older versions store the long names. */
const ON_FAILURE = [
  ["fails", "fpof", "failParentOnFailure"],
  ["continues", "cpof", "continueParentOnFailure"],
  ["ignores", "idof", "ignoreDependencyOnFailure"],
  ["forgets", "rdof", "removeDependencyOnFailure"],
] as const;

/** Reads what a child's `opts` text says about its parent. */
export function onChildFailure(text: string | null | undefined): OnChildFailure | null {
  const opts = parseObject(text) ?? {};
  const found = ON_FAILURE.find(([, short, long]) => opts[short] === true || opts[long] === true);
  return found?.[0] ?? null;
}

function backoff(value: unknown): Backoff | null {
  if (typeof value === "number") return { type: "fixed", delayMs: value, jitter: null };
  if (typeof value !== "object" || value === null) return null;
  const { type, delay, jitter } = value as Record<string, unknown>;
  if (typeof type !== "string") return null;
  return { type, delayMs: numeric(delay), jitter: numeric(jitter) };
}

function keepPolicy(value: unknown): KeepPolicy | null {
  if (value === true) return { atOnce: true, keepCount: null, keepSeconds: null };
  if (typeof value === "number") {
    // A negative count keeps everything.
    return value < 0 ? null : { atOnce: value === 0, keepCount: value, keepSeconds: null };
  }
  if (typeof value !== "object" || value === null) return null;
  const { count: keep, age } = value as Record<string, unknown>;
  const keepCount = numeric(keep);
  return { atOnce: keepCount === 0, keepCount, keepSeconds: numeric(age) };
}

/**
 * When a job that waits at `now` began to wait. Null when its hash cannot tell: a retry by hand wipes the start, and a promotion
 * leaves no time. After a delay or an automatic retry the time is `estimated`: the delay or pause may have been changed.
 */
export function waitingSince(
  facts: JobFacts,
  options: JobOptions | null,
  now: Date,
): { at: Date; estimated: boolean } | null {
  const isNew = facts.attemptsMade === 0 && !facts.startedAt;
  const from = isNew ? facts.addedAt : facts.startedAt;
  const pause = isNew
    ? (options?.delayMs ?? 0)
    : retryDelay(options?.backoff ?? null, facts.attemptsMade);
  if (!from || pause === null) return null;
  const at = new Date(from.getTime() + pause);
  if (pause > 0 && at > now) return null;
  return { at, estimated: !isNew || pause > 0 };
}

/** How long the library pauses after the nth failed attempt; null for strategies that live in the worker's code. */
export function retryDelay(policy: Backoff | null, attemptsMade: number): number | null {
  if (!policy || attemptsMade === 0) return 0;
  const delay = policy.delayMs ?? 0;
  if (policy.type === "fixed") return delay;
  return policy.type === "exponential" ? delay * 2 ** (attemptsMade - 1) : null;
}

function parseObject(text: string | null | undefined): Record<string, unknown> | null {
  if (!text) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function numeric(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function count(text: string | null | undefined): number | null {
  return text === null || text === undefined || !/^-?\d+$/.test(text) ? null : Number(text);
}

function time(text: string | null | undefined): Date | null {
  const at = count(text);
  return at === null ? null : new Date(at);
}
