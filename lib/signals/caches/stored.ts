import type { CacheKind } from "./schema.ts";
import type { Counters, Facts, Levels, ObservedCache } from "./observed.ts";

/** What is kept of a cache between collections, as JSON in its entity. */
export interface StoredCache {
  kind: CacheKind;
  name: string;
  parent: string | null;
  main: boolean;
  facts: Facts;
  levels: Levels;
  epoch: string;
  takenAt: number;
  counters: Counters;
}

export function toStored(
  kind: CacheKind,
  { name, parent, main, facts, levels, epoch, counters }: ObservedCache,
  takenAt: number,
): StoredCache {
  return { kind, name, parent, main, facts, levels, epoch, takenAt, counters };
}
