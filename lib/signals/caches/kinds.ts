/** What is counted by itself: Postgres' databases, tables, indexes and I/O contexts, and whole Redis servers. */
export const KINDS = ["database", "table", "index", "io", "redis"] as const;
export type CacheKind = (typeof KINDS)[number];
