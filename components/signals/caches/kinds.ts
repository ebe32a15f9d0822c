import type { CacheKind } from "#lib/signals/caches/schema.ts";

/** How kinds are called on screen. */
export const KIND_LABELS: Record<CacheKind, string> = {
  database: "database",
  table: "table",
  index: "index",
  io: "I/O context",
  redis: "Redis",
};

/** What a miss is: Postgres reads a block from outside its buffers, Redis has no such key. */
export const missWord = (kind: CacheKind): string => (kind === "redis" ? "misses" : "blocks read");
