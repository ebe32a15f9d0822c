import { z } from "zod";
import { pageSchema } from "#lib/api/schema.ts";

// Safe in a browser: names and shapes only. Ratios 0..1, times in ms, sizes in bytes; null = not known, never 0.

const name = z.string().trim().min(1).max(200);
const time = z.iso.datetime();

/** What is counted by itself: Postgres' databases, tables, indexes and I/O contexts, and whole Redis servers. */
export const KINDS = ["database", "table", "index", "io", "redis"] as const;
export const kindSchema = z.enum(KINDS);
export type CacheKind = (typeof KINDS)[number];

/**
 * `few`: too little was asked of it in the window for a ratio to mean anything. `contaminated`: queues on the same Redis
 * make up the ratio. `unknown`: nothing was counted in the window.
 */
export const VERDICTS = ["ok", "poor", "contaminated", "few", "unknown"] as const;
export const verdictSchema = z.object({
  state: z.enum(VERDICTS),
  /** Why, in one sentence with its numbers. */
  why: z.string(),
});
export type Verdict = z.infer<typeof verdictSchema>;

/** What a cache did in a time window. Null where nobody looked. Postgres counts blocks, Redis lookups. */
export const figuresSchema = z.object({
  hits: z.number().nullable(),
  /** Postgres: blocks read from outside its own buffers, though maybe from the system's cache. */
  misses: z.number().nullable(),
  /** hits / (hits + misses); null without any. */
  ratio: z.number().nullable(),
  lookupsPerSecond: z.number().nullable(),
  missesPerSecond: z.number().nullable(),
  /** Per block read; null when it is not timed, or nothing was read. */
  readMs: z.number().nullable(),
  /** Time spent reading, per second: 1000 means that one process did nothing else. */
  readMsPerSecond: z.number().nullable(),
  evictedPerSecond: z.number().nullable(),
});
export type Figures = z.infer<typeof figuresSchema>;

export const cacheRowSchema = figuresSchema.extend({
  /** `source~key`, as in addresses. */
  id: z.string(),
  source: z.string(),
  kind: kindSchema,
  /** Unique within its source: `database:shop`, `table:public.orders`, `redis`. */
  key: z.string(),
  name: z.string(),
  /** The key of what it is a part of: a table's database, an index' table. */
  parent: z.string().nullable(),
  /** What the source stands for: the database it is connected to, or the Redis. */
  main: z.boolean(),
  verdict: verdictSchema,
  /** Why there are no read times; null when there are. */
  untimedBecause: z.string().nullable(),
  usedMemoryBytes: z.number().nullable(),
  /** Null without a limit. */
  maxMemoryBytes: z.number().nullable(),
  /** The ratio in equal parts of the window, oldest first; null where nothing was asked or nobody looked. */
  spark: z.array(z.number().nullable()),
  /** Each source has its own: one that is frozen must not make the others look old. */
  observedAt: time,
  intervalSeconds: z.number(),
});
export type CacheRow = z.infer<typeof cacheRowSchema>;

/** What the list can be sorted by; unknown values come last either way. */
export const SORTS = [
  "name",
  "source",
  "ratio",
  "lookups",
  "misses",
  "read_time",
  "evicted",
] as const;

export const listParamsSchema = z.object({
  range: z.string().default("15m"),
  /** Part of the name. */
  q: z.string().trim().max(200).optional(),
  source: name.optional(),
  kind: kindSchema.optional(),
  /** Only the parts of this one, by key. */
  parent: z.string().max(1_000).optional(),
  /** Only what each source stands for. */
  main: z.literal("true").optional(),
  sort: z.enum(SORTS).default("misses"),
  dir: z.enum(["asc", "desc"]).default("desc"),
  cursor: z.string().max(2_000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListParams = z.output<typeof listParamsSchema>;

export const listSchema = pageSchema(cacheRowSchema).extend({
  from: time,
  to: time,
  total: z.number().int(),
  /** For the filter: every source that has caches. */
  sources: z.array(z.string()),
  /** What could not be read, one sentence each. */
  notes: z.array(z.string()),
});
export type CacheList = z.infer<typeof listSchema>;

const redisSchema = z.object({
  policy: z.string().nullable(),
  operationsPerSecond: z.number().nullable(),
  expiredPerSecond: z.number().nullable(),
  /** Keys by logical database. */
  databases: z.array(
    z.object({
      database: z.string(),
      keys: z.number(),
      /** Keys with a time to live. */
      expiring: z.number(),
      meanTtlMs: z.number().nullable(),
    }),
  ),
  /** Why its ratio is not that of a cache; empty when nothing points to queues. */
  queueTraffic: z.array(z.string()),
  /** What asked for keys in the window, most calls first; null when INFO commandstats is not allowed. */
  commands: z
    .array(z.object({ command: z.string(), calls: z.number(), msPerCall: z.number().nullable() }))
    .nullable(),
});
export type RedisFacts = z.infer<typeof redisSchema>;

export const getParamsSchema = z.object({ range: z.string().default("1h") });

export const cacheDetailSchema = cacheRowSchema.omit({ spark: true }).extend({
  sourceId: z.uuid(),
  labels: z.record(z.string(), z.string()),
  serverVersion: z.string().nullable(),
  from: time,
  to: time,
  /** The window of the same length just before. */
  before: figuresSchema,
  /** Size of a block, for Postgres. */
  blockBytes: z.number().nullable(),
  redis: redisSchema.nullable(),
  notes: z.array(z.string()),
  problems: z.array(
    z.object({ type: z.string(), severity: z.string(), title: z.string(), since: time }),
  ),
});
export type CacheDetail = z.infer<typeof cacheDetailSchema>;

export const seriesParamsSchema = z.object({ id: z.string(), range: z.string().default("1h") });

/** One moment of a cache's history. All null where nobody looked. */
export const pointSchema = z.object({
  at: time,
  hitsPerSecond: z.number().nullable(),
  missesPerSecond: z.number().nullable(),
  ratio: z.number().nullable(),
  readMs: z.number().nullable(),
  readMsPerSecond: z.number().nullable(),
  evictedPerSecond: z.number().nullable(),
  expiredPerSecond: z.number().nullable(),
  usedMemoryBytes: z.number().nullable(),
  maxMemoryBytes: z.number().nullable(),
  keys: z.number().nullable(),
});
export type CachePoint = z.infer<typeof pointSchema>;

export const seriesSchema = z.object({ bucketSeconds: z.number(), points: z.array(pointSchema) });
