import type { CacheKind } from "./schema.ts";

/**
 * Counters by metric, since a start that only their server knows: `hits`, `misses`, `read_ms` (only while reads are timed),
 * `evicted`, `expired`, and for Redis `queue_pops`, `calls_<command>`, `usec_<command>` and the reset marks.
 */
export type Counters = Readonly<Record<string, number>>;

/** Counters that rise with every look of ours: a reset shows in them where nothing else was going on. Not worth a sample. */
export const RESET_MARKS: ReadonlySet<string> = new Set(["commands", "calls_info"]);

/** Levels by metric: they are what they are, without a before. */
export type Levels = Readonly<Record<string, number>>;

/** One cache as it was found just now. */
export interface ObservedCache {
  /** Unique within its source and lasting: it is part of addresses. */
  key: string;
  name: string;
  /** The key of what it is a part of. */
  parent: string | null;
  /** What the source stands for: the connected database, or the Redis. */
  main: boolean;
  /** Differs when the counters belong to another server, another start of it, or another thing of the same name. */
  epoch: string;
  counters: Counters;
  levels: Levels;
  facts: Facts;
}

/** What is known of a cache besides its counters. */
export interface Facts {
  /** Why there are no read times; null when there are. */
  untimedBecause: string | null;
  blockBytes: number | null;
  redis: RedisFacts | null;
}

export interface RedisFacts {
  policy: string | null;
  operationsPerSecond: number | null;
  maxMemoryBytes: number | null;
  databases: { database: string; keys: number; expiring: number; meanTtlMs: number | null }[];
  /** Signs of queues that do not depend on the window, one sentence each. */
  queueSigns: string[];
  /** INFO commandstats could be read. */
  commandsKnown: boolean;
}

/** All caches of one kind, read in one statement. */
export interface Observation {
  kind: CacheKind;
  /** By the target's own clock, in ms since 1970, so that two workers agree on the time between two readings. */
  takenAt: number;
  caches: ObservedCache[];
}

/** What one collection brings home. */
export interface Collection {
  /** How many collections had been stored when this began. */
  generation: number;
  observations: Observation[];
  queueLook: QueueLook | null;
}

/** What a search for keys and clients of queues found. It is done now and then, not with every collection. */
export interface QueueLook {
  /** ISO 8601. */
  at: string;
  /** Where the next sample of keys begins. */
  cursor: string;
  signs: string[];
  /** When these signs were seen; ISO 8601. */
  foundAt: string;
}
