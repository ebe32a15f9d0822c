import type { z } from "zod";
import type { Actor } from "#lib/auth/actor.ts";
import type { Json } from "#lib/core/json.ts";
import type { Tx } from "#lib/db/client.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { OpenSource, SourceKind } from "#lib/sources/define.ts";

/** `queues.retry`: one name for the action, its permission, its audit entries and its API path. */
export type ActionName = `${string}.${string}`;

interface Common<Input> {
  name: ActionName;
  /** Imperative, as on its button: "Retry job". */
  title: string;
  input: z.ZodType<Input>;
  /** `dangerous` asks for credentials proved within the last five minutes. */
  risk: "low" | "dangerous";
  /** `none`: one person suffices. */
  approval: "none";
}

/** What an action on our own tables must hand back. Without the audit part it does not type-check. */
export interface Outcome<Result> {
  /** Stored and replayed: never a secret, never a raw payload. */
  result: Result;
  /** Shown in this one answer only, never stored and never replayed: a new token, a first password. */
  once?: Json;
  audit: { target: string; before: Json; after: Json };
}

/** An action on our own tables: it runs inside the transaction that records it. */
export interface StoreAction<Input, Result> extends Common<Input> {
  where: "store";
  /** What of the input may be kept with the run; all of it when absent. Leave out passwords. */
  keep?(input: Input): Json;
  run(context: {
    tx: Tx;
    actor: Actor;
    input: Input;
    now: Date;
    reason: string;
    runId: string;
  }): Promise<Outcome<Result>>;
}

/** Where the target stands before the action; `fence` is what `run` must compare and set against. */
export interface Observation {
  fence: Json;
  /** For the audit: shape and state, never a raw payload. */
  before: Json;
}

/** What an action on a target must hand back. Both are stored: never a secret, never a raw payload. */
export interface Applied<Result> {
  result: Result;
  /** For the audit, beside `before` of the observation. */
  after: Json;
}

/** How a run ended: `failed` = nothing was changed; `result` is that of `run`, null where it never came back. */
export interface RunEnding {
  outcome: "succeeded" | "failed" | "confirmed_by_reading_back" | "outcome_unknown";
  result: Json;
}

export type ReadBack = "applied" | "not_applied" | "unknown";

/** An action on somebody else's system: the worker runs it, guarded by compare-and-set on the target. */
export interface TargetAction<Input, Result> extends Common<Input> {
  where: "target";
  kinds: readonly SourceKind[];
  /** What it acts on, inside the source, as the audit and the run list show it: `job settlements/17`. Pure. */
  target(input: Input): string;
  /** How long one `run` may take, in milliseconds; 15 seconds when absent. Then it is read back like after a crash. */
  runMs?: number;
  /**
   * Reserves in our own tables what the action is about, in the transaction that records the intent. Throws `conflict` when
   * somebody else has it: then there is no intent.
   */
  claim?(context: {
    tx: Sql;
    actor: Actor;
    input: Input;
    reason: string;
    runId: string;
    sourceId: string;
  }): Promise<void>;
  /** Lets our own tables follow the outcome, in the transaction that records it. */
  settle?(context: { tx: Sql; runId: string; ending: RunEnding }): Promise<void>;
  /** Reads the target and fixes the fence. Throws `precondition_failed` or `not_found` when there is nothing to do. */
  observe(context: { source: OpenSource; input: Input }): Promise<Observation>;
  /** Applies the change once, only while the fence holds; throws `conflict` when it no longer does. */
  run(context: {
    source: OpenSource;
    actor: Pick<Actor, "id" | "login">;
    input: Input;
    fence: Json;
    runId: string;
  }): Promise<Applied<Result>>;
  /** Finds out, after a crash or a time-out, whether `run` took effect. Never changes anything. */
  readBack(context: {
    source: OpenSource;
    input: Input;
    fence: Json;
    runId: string;
  }): Promise<ReadBack>;
}

export type Action = StoreAction<never, unknown> | TargetAction<never, unknown>;

/** Checks an action's types at its definition and hides its input type from the registry. */
export function defineAction<Input, Result>(
  action: StoreAction<Input, Result> | TargetAction<Input, Result>,
): Action {
  return action as unknown as Action;
}
