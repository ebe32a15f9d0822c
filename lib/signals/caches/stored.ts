import type { CacheKind } from "./kinds.ts";
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
  /**
   * Since when its counting has no gap, by our clock; ISO 8601. From then on a time without a sample in which its kind was
   * counted is a time without traffic; before, nothing is known.
   */
  since: string;
}

export function toStored(
  kind: CacheKind,
  { name, parent, main, facts, levels, epoch, counters }: ObservedCache,
  { takenAt, since }: { takenAt: number; since: string },
): StoredCache {
  return { kind, name, parent, main, facts, levels, epoch, takenAt, counters, since };
}
