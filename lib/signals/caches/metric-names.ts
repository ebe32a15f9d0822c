import type { CacheKind } from "./schema.ts";

/** Durable counters: written with each observation, read by the exposition. */
export const LOOKUPS_TOTAL = "plumbline_cache_lookups_total";
export const EVICTIONS_TOTAL = "plumbline_cache_evictions_total";

/** The `cache` label: a database's name, or `redis`. */
export const cacheLabel = ({ kind, name }: { kind: CacheKind; name: string }): string =>
  kind === "redis" ? "redis" : name;

/** Tables and indexes would be too many series for Prometheus. */
export const EXPOSED_KINDS: readonly CacheKind[] = ["database", "redis"];
