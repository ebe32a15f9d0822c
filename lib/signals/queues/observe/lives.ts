import { eventTime, type QueueEvent } from "#lib/sources/bullmq/event-stream.ts";

/** What a job's next start will be: its first, one after an attempt that failed, or the second half of an attempt. */
type NextStart = "first" | "again" | "resume" | null;
type Stage = "added" | "ready" | "active" | "delayed" | "parked";

interface Life {
  stage: Stage;
  /** When that began, in milliseconds of Redis' clock. */
  at: number;
  next: NextStart;
  /** Where its last run stands in `runs`: a stall takes it back. */
  run?: number;
}

/** A life as it is kept until the next look: id, stage, since when, next start. */
export type OpenJob = [id: string, stage: "active" | "ready", at: number, next: NextStart];

/** Jobs carried over per queue; beyond them their hashes tell what they can. */
const MAX_OPEN = 200;
/** Longer ids are not carried. */
const MAX_ID = 100;
/** How many jobs, of those whose story is not in the stream, are looked at themselves. */
const SAMPLE = { starts: 16, ends: 8, returns: 8, failures: 8, begun: 3 };
/** BullMQ's own words for a job that was given up after its workers died. */
const GIVEN_UP = "job stalled more than allowable limit";

interface Looked {
  id: string;
  at: number;
  /** Whether the stream told how long it waited. */
  timed: boolean;
}

/** Jobs whose story the stream tells only in part: how many, and a fair sample of them. */
class Untold {
  readonly sample: Looked[] = [];
  readonly #size: number;
  readonly #random: () => number;
  count = 0;
  untimed = 0;

  constructor(size: number, random: () => number) {
    this.#size = size;
    this.#random = random;
  }

  add(one: Looked): void {
    this.count += 1;
    if (!one.timed) this.untimed += 1;
    if (this.sample.length < this.#size) this.sample.push(one);
    else {
      const place = Math.floor(this.#random() * this.count);
      if (place < this.#size) this.sample[place] = one;
    }
  }

  /** It was something else after all. */
  forget(id: string, at: number): void {
    this.count -= 1;
    const place = this.sample.findIndex((one) => one.id === id && one.at === at);
    if (place >= 0) this.sample.splice(place, 1);
  }
}

/**
 * Follows jobs through the events of a queue. All times are Redis' own, so no two clocks are compared. A job's wait runs from the
 * moment it could run (a delayed job's from the end of its delay) to its start, a run from its start to its end. Not covered: what
 * happened in events that were trimmed or skipped.
 */
export class Lives {
  readonly #open: Map<string, Life>;
  /** Jobs asked for: added, and failed ones that somebody retried by hand. */
  asked = 0;
  first = 0;
  again = 0;
  completed = 0;
  failed = 0;
  /** Failed for good while a worker held them: parents may fail without an attempt. */
  failedAttempts = 0;
  retries = 0;
  stalls = 0;
  /** Milliseconds. NaN where a stall took the run back. */
  readonly waits: number[] = [];
  readonly runs: number[] = [];
  readonly reasons: string[] = [];
  readonly starts: Untold;
  readonly ends: Untold;
  readonly returns: Untold;
  /** Jobs that failed for good: whether the queue keeps them only a look can tell. */
  readonly failures: Untold;
  /** Any that began, for a look at their options. */
  readonly begun: Untold;

  constructor(carried: readonly OpenJob[], random: () => number = Math.random) {
    this.#open = new Map(carried.map(([id, stage, at, next]) => [id, { stage, at, next }]));
    this.starts = new Untold(SAMPLE.starts, random);
    this.ends = new Untold(SAMPLE.ends, random);
    this.returns = new Untold(SAMPLE.returns, random);
    this.failures = new Untold(SAMPLE.failures, random);
    this.begun = new Untold(SAMPLE.begun, random);
  }

  visit(event: QueueEvent): void {
    const { jobId: id, name } = event;
    if (id === null) return;
    const at = eventTime(event.id);
    const life = this.#open.get(id);
    if (name === "added") this.#added(id, at);
    else if (name === "waiting") this.#waiting(id, at, life, event.prev);
    else if (name === "delayed") this.#delayed(id, at, life);
    else if (name === "active") this.#started(id, at, life);
    else if (name === "completed" || name === "failed") this.#ended(id, at, life, event);
    else if (name === "stalled") this.#stalled(id, life);
    else if (name === "waiting-children") this.#parked(id, at, life, event.prev);
    else if (name === "removed") this.#open.delete(id);
  }

  /** What the next look goes on with: jobs at work first, then those that wait longest. */
  carry(): OpenJob[] {
    const kept = [...this.#open].flatMap(([id, { stage, at, next }]): OpenJob[] =>
      (stage === "active" || stage === "ready") && id.length <= MAX_ID
        ? [[id, stage, at, next]]
        : [],
    );
    const rank = ([, stage, at]: OpenJob): number => (stage === "active" ? 0 : 1e15) + at;
    return kept.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_OPEN);
  }

  #added(id: string, at: number): void {
    this.asked += 1;
    this.#open.set(id, { stage: "added", at, next: "first" });
  }

  #waiting(id: string, at: number, life: Life | undefined, prev: string | null): void {
    if (prev === "active") return this.#wentBack(id, at, life, "ready");
    if (prev === "failed" || prev === "completed") {
      // Somebody asked for it once more: that is no retry of the queue's own.
      this.asked += 1;
      this.#open.set(id, { stage: "ready", at, next: "first" });
    } else this.#open.set(id, { stage: "ready", at, next: life?.next ?? null });
  }

  /** Also a job whose delay was changed, and a new one that is to run later: only after a start it is a retry. */
  #delayed(id: string, at: number, life: Life | undefined): void {
    if (life?.stage === "active") this.#wentBack(id, at, life, "delayed");
    else this.#open.set(id, { stage: "delayed", at, next: life?.next ?? null });
  }

  #wentBack(id: string, at: number, life: Life | undefined, stage: "ready" | "delayed"): void {
    this.retries += 1;
    this.returns.add({ id, at, timed: false });
    const next: Life = { stage, at, next: "again" };
    if (life?.stage === "active") next.run = this.runs.push(at - life.at) - 1;
    this.#open.set(id, next);
  }

  #started(id: string, at: number, life: Life | undefined): void {
    const next = life?.next ?? null;
    const timed = life?.stage === "ready";
    if (timed) this.waits.push(at - life.at);
    if (next === "first") this.first += 1;
    if (next === "again") this.again += 1;
    if (next === null) this.starts.add({ id, at, timed });
    this.begun.add({ id, at, timed });
    this.#open.set(id, { stage: "active", at, next });
  }

  #ended(id: string, at: number, life: Life | undefined, event: QueueEvent): void {
    const held = event.prev === null || event.prev === "active";
    const givenUp = event.failedReason === GIVEN_UP;
    if (event.name === "completed") this.completed += 1;
    else {
      this.failed += 1;
      this.failures.add({ id, at, timed: false });
      if (held) this.failedAttempts += 1;
      if (event.failedReason !== null) this.reasons.push(event.failedReason);
    }
    if (life?.stage === "active" && !givenUp) this.runs.push(at - life.at);
    else if (held && !givenUp) this.ends.add({ id, at, timed: false });
    this.#open.delete(id);
  }

  /** BullMQ puts the job back first and says why right after: it was a worker's end, not an attempt's. */
  #stalled(id: string, life: Life | undefined): void {
    this.stalls += 1;
    if (life?.stage !== "ready" || life.next !== "again" || this.retries === 0) return;
    this.retries -= 1;
    this.returns.forget(id, life.at);
    if (life.run !== undefined) this.runs[life.run] = Number.NaN;
  }

  #parked(id: string, at: number, life: Life | undefined, prev: string | null): void {
    const next: NextStart = prev === "active" ? "resume" : (life?.next ?? null);
    this.#open.set(id, { stage: "parked", at, next });
  }
}
