import { eventTime, type QueueEvent } from "#lib/sources/bullmq/event-stream.ts";
import { FairSample } from "./fair-sample.ts";

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
/** Of these, those that wait longest have a place in any case: how long, only their events tell. */
const MIN_WAITING = 20;
/** Longer ids are not carried. */
const MAX_ID = 100;
/** How many jobs, of those whose story is not in the stream, are looked at themselves. */
const SAMPLE = { starts: 16, ends: 8, returns: 8, failures: 8, begun: 3 };
/** BullMQ's own words for a job that was given up after its workers died. */
const GIVEN_UP = "job stalled more than allowable limit";

/**
 * Follows jobs through the events of a queue. All times are Redis' own, so no two clocks are compared. A job's wait runs from the
 * moment it could run (a delayed job's from the end of its delay) to its start, a run from its start to its end. Not covered: what
 * happened in events that were trimmed or skipped.
 */
export class Lives {
  readonly #open: Map<string, Life>;
  /** Jobs that came in line: added to run now, delayed ones whose time has come, failed ones that somebody retried by hand. */
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
  readonly starts: FairSample;
  readonly ends: FairSample;
  readonly returns: FairSample;
  /** Jobs that failed for good: whether the queue keeps them only a look can tell. */
  readonly failures: FairSample;
  /** Any that began, for a look at their options. */
  readonly begun: FairSample;

  constructor(carried: readonly OpenJob[], random: () => number = Math.random) {
    this.#open = new Map(carried.map(([id, stage, at, next]) => [id, { stage, at, next }]));
    this.starts = new FairSample(SAMPLE.starts, random);
    this.ends = new FairSample(SAMPLE.ends, random);
    this.returns = new FairSample(SAMPLE.returns, random);
    this.failures = new FairSample(SAMPLE.failures, random);
    this.begun = new FairSample(SAMPLE.begun, random);
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
    const waiting = this.#longestIn("ready");
    const places = MAX_OPEN - Math.min(waiting.length, MIN_WAITING);
    return [...this.#longestIn("active").slice(0, places), ...waiting].slice(0, MAX_OPEN);
  }

  #longestIn(wanted: OpenJob[1]): OpenJob[] {
    const all = [...this.#open].flatMap(([id, { stage, at, next }]): OpenJob[] =>
      stage === wanted && id.length <= MAX_ID ? [[id, wanted, at, next]] : [],
    );
    return all.toSorted(([, , a], [, , b]) => a - b);
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
      return;
    }
    // Of those that were put off before this look nothing is known here: they count when they begin.
    const wasPutOff = life?.stage === "delayed" || life?.stage === "parked";
    if (wasPutOff && life.next === "first") this.asked += 1;
    this.#open.set(id, { stage: "ready", at, next: life?.next ?? null });
  }

  /** Also a job whose delay was changed, and a new one that is to run later: only after a start it is a retry. */
  #delayed(id: string, at: number, life: Life | undefined): void {
    if (life?.stage === "active") this.#wentBack(id, at, life, "delayed");
    else this.#putOff(id, at, life, { stage: "delayed", next: life?.next ?? null });
  }

  /** A job that cannot run yet does not stand in line, and would hide how often the others are tried. */
  #putOff(id: string, at: number, life: Life | undefined, to: Pick<Life, "stage" | "next">): void {
    if (life?.stage === "added") this.asked -= 1;
    this.#open.set(id, { ...to, at });
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
    this.#putOff(id, at, life, { stage: "parked", next });
  }
}
