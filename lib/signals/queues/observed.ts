import type { QueueRef } from "#lib/sources/bullmq/queries.ts";
import type { DelayedSplit } from "./observe/delayed.ts";
import type { Flow } from "./observe/events.ts";
import type { Cursor, Finished } from "./observe/finished.ts";
import type { QueueState } from "./observe/state.ts";
import type { WaitingView } from "./observe/waiting.ts";

/** A queue found earlier, with what its next observation builds on. */
export interface KnownQueue {
  ref: QueueRef;
  flavour: "bullmq" | "bull";
  cursor: Cursor | null;
}

/** One queue as it was found just now. */
export interface ObservedQueue {
  ref: QueueRef;
  flavour: "bullmq" | "bull";
  /** Not every backend keeps its waiting jobs in lists with ends. */
  state: Omit<QueueState, "exists" | "waitingEnds" | "prioritizedEnds">;
  waiting: WaitingView;
  /** Null = could not be read. */
  delayed: DelayedSplit | null;
  finished: Finished;
  /** Attempts and times; null when the queue has no events, or at the first look. */
  flow: Flow | null;
  /** Where counting began, and where the next observation goes on. */
  countedFrom: Cursor | null;
  cursor: Cursor;
  /** Null when CLIENT LIST is not allowed. */
  workers: number | null;
}

/** What a collection brings home: queues, queues that are gone, and how far the search for new ones got. */
export type CollectedRow =
  | { is: "queue"; queue: ObservedQueue }
  | { is: "gone"; key: string }
  | { is: "walk"; cursor: string };
