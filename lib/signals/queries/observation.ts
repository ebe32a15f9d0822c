import type { Difference, EntryKey, Increase, Snapshot } from "./delta.ts";
import type { FoundPlan, NoPlan } from "./plan/plan.ts";
import type { ServerReading } from "./snapshot.ts";
import type { StatementFacts } from "./text.ts";

/** What our database remembers of a source's last collection. */
export interface Baseline {
  /** Grows by one with each stored collection: a result built on another generation is dropped, and nothing is lost. */
  generation: number;
  snapshot: Snapshot | null;
  server: ServerReading | null;
}

/** A statement as stored, with the state of its planning. */
export interface KnownStatement extends EntryKey {
  key: string;
  id: string;
  text: string | null;
  kind: string | null;
  truncated: boolean;
  own: boolean;
  attempt: { triedAt: Date; nextAt: Date; failures: number; meanMs: number } | null;
}

/** A statement seen for the first time, or whose text was not known before. */
export interface NewStatement extends EntryKey {
  key: string;
  role: string;
  truncated: boolean;
  /** Null while the server cannot tell the text. */
  facts: StatementFacts | null;
}

/** A statement that worked since the last look. */
export interface Working extends Increase {
  key: string;
  own: boolean;
  kind: string | null;
  text: string | null;
  truncated: boolean;
  attempt: KnownStatement["attempt"];
}

export interface PlanAttempt extends EntryKey {
  outcome: FoundPlan | NoPlan;
  meanMs: number;
  /** Failures in a row before this one. */
  failures: number;
}

/** Everything one collection brings home, for one transaction. */
export interface Observation {
  baseline: Baseline;
  snapshot: Snapshot;
  server: ServerReading;
  difference: Difference;
  working: Working[];
  added: NewStatement[];
  plans: PlanAttempt[];
  serverVersion: string | null;
}
