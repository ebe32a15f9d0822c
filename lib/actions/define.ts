import type { z } from "zod";
import type { Actor } from "#lib/auth/actor.ts";
import type { Json } from "#lib/core/json.ts";
import type { Tx } from "#lib/db/client.ts";
import type { OpenSource, SourceKind } from "#lib/sources/define.ts";

/** `queues.retry`: one name for the action, its permission, its audit entries and its API path. */
export type ActionName = `${string}.${string}`;

/** What an action must hand back. Without the audit part it does not type-check. */
export interface Outcome<Result> {
  result: Result;
  audit: { target: string; before: Json; after: Json };
}

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

/** An action on our own tables: it runs inside the transaction that records it. */
export interface StoreAction<Input, Result> extends Common<Input> {
  where: "store";
  run(context: { tx: Tx; actor: Actor; input: Input; now: Date }): Promise<Outcome<Result>>;
}

/** Where the target stands before the action; `fence` is what `run` must compare and set against. */
export interface Observation {
  fence: Json;
  target: string;
  before: Json;
}

export type ReadBack = "applied" | "not_applied" | "unknown";

/** An action on somebody else's system: the worker runs it, guarded by compare-and-set on the target. */
export interface TargetAction<Input, Result> extends Common<Input> {
  where: "target";
  kinds: readonly SourceKind[];
  /** Reads the target and fixes the fence. Throws `precondition_failed` or `not_found` when there is nothing to do. */
  observe(context: { source: OpenSource; input: Input }): Promise<Observation>;
  /** Applies the change once, only while the fence holds; throws `conflict` when it no longer does. */
  run(context: { source: OpenSource; actor: Pick<Actor, "id" | "login">; input: Input; fence: Json; runId: string }): Promise<Outcome<Result>>;
  /** Finds out, after a crash or a time-out, whether `run` took effect. Never changes anything. */
  readBack(context: { source: OpenSource; input: Input; fence: Json; runId: string }): Promise<ReadBack>;
}

export type Action = StoreAction<never, unknown> | TargetAction<never, unknown>;

/** Checks an action's types at its definition and hides its input type from the registry. */
export function defineAction<Input, Result>(action: StoreAction<Input, Result> | TargetAction<Input, Result>): Action {
  return action as unknown as Action;
}
