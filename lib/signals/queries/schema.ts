import { z } from "zod";
import { pageSchema } from "#lib/api/schema.ts";

// Safe in a browser: names and shapes only. Times in ms, sizes in bytes, ratios 0..1; null = not known, never 0.

const text = z.string().trim().min(1).max(200);
const time = z.iso.datetime();

export const SORTS = ["time", "mean", "calls", "rows", "io", "temp"] as const;
export const querySortSchema = z.enum(SORTS);
export type QuerySort = z.infer<typeof querySortSchema>;

export const listParamsSchema = z.object({
  range: z.string().default("1h"),
  source: text.optional(),
  database: text.optional(),
  role: text.optional(),
  /** Part of the statement's text. */
  q: text.optional(),
  sort: querySortSchema.default("time"),
  dir: z.enum(["asc", "desc"]).default("desc"),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListParams = z.output<typeof listParamsSchema>;

/** What statements did in a time window. */
export const workSchema = z.object({
  calls: z.number(),
  execMs: z.number(),
  /** Execution time per call. */
  meanMs: z.number(),
  planMs: z.number(),
  rows: z.number(),
  /** Blocks found in shared buffers, of all blocks asked for; null when none were. */
  hitRatio: z.number().nullable(),
  readBytes: z.number(),
  /** Null while track_io_timing is off. */
  readMs: z.number().nullable(),
  writtenBytes: z.number(),
  tempBytes: z.number(),
  walBytes: z.number(),
  jitMs: z.number(),
});
export type Work = z.infer<typeof workSchema>;

/** `planned`: there is a plan. `failed`: there is a reason. `none`: not tried yet. */
export const planStateSchema = z.enum(["planned", "failed", "none"]);

export const queryRowSchema = z.object({
  id: z.string(),
  source: z.string(),
  database: z.string(),
  role: z.string(),
  /** SELECT, UPDATE, … or UTILITY; null while the text is not known. */
  kind: z.string().nullable(),
  /** The beginning of the statement, on one line, without literals; null while the server cannot tell it. */
  summary: z.string().nullable(),
  /** False: sent by a function or trigger, so its time is also part of that one's. */
  toplevel: z.boolean(),
  ...workSchema.shape,
  callsPerSecond: z.number().nullable(),
  /** Part of all statements' time in the sources and databases shown; null for nested statements. */
  share: z.number().nullable(),
  planState: planStateSchema,
  /** The plan in use became another one within the window. */
  planChanged: z.boolean(),
  firstSeen: time,
  /** Execution time per equal part of the window, oldest first; null where nobody looked. */
  spark: z.array(z.number().nullable()),
});
export type QueryRow = z.infer<typeof queryRowSchema>;

/** All statements of the sources and databases shown, whatever the search. */
export const queryTotalsSchema = z.object({
  seconds: z.number(),
  calls: z.number(),
  execMs: z.number(),
  /** Plumbline's own statements, not part of `execMs`. */
  ownMs: z.number(),
  /** Time that backends were active but that no statement explains: parsing, waiting for clients, statements cancelled or evicted. */
  unexplainedMs: z.number().nullable(),
  /** Entries thrown out of pg_stat_statements: what is listed is then only a sample. Null when not known. */
  evictions: z.number().nullable(),
});

export const listSchema = pageSchema(queryRowSchema).extend({
  from: time,
  to: time,
  totals: queryTotalsSchema,
  /** What can be filtered by. */
  sources: z.array(z.string()),
  databases: z.array(z.string()),
  /** What could not be read, one sentence each. */
  notes: z.array(z.string()),
});
export type QueryList = z.infer<typeof listSchema>;

export const getParamsSchema = z.object({
  range: z.string().default("1h"),
  /** An earlier plan to show instead of the one in use. */
  plan: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
});

export const planNotesSchema = z.object({
  part: z.enum(["whole", "search"]),
  assumedListLength: z.number(),
  searchPath: z.array(z.string()),
  pruning: z.boolean(),
  settings: z.record(z.string(), z.string()),
  relations: z.array(
    z.object({
      schema: z.string(),
      name: z.string(),
      rows: z.number().nullable(),
      bytes: z.number().nullable(),
    }),
  ),
});

export const planSummarySchema = z.object({
  id: z.string(),
  hash: z.string(),
  cost: z.number(),
  /** Its scans and joins in a few words. */
  shape: z.string(),
  firstSeen: time,
  currentSince: time,
  lastSeen: time,
  current: z.boolean(),
  /** Execution time per call while it was in use, as far as deltas reach. */
  meanMs: z.number().nullable(),
});
export type PlanSummary = z.infer<typeof planSummarySchema>;

export const shownPlanSchema = planSummarySchema.extend({
  /** EXPLAIN (FORMAT JSON) without literals. */
  tree: z.record(z.string(), z.json()),
  notes: planNotesSchema,
  /** Facts that are in the plan and worth a look, one sentence each. */
  observations: z.array(z.string()),
  serverVersion: z.string().nullable(),
});

export const noPlanSchema = z.object({
  reason: z.string(),
  title: z.string(),
  remedy: z.string(),
  /** Null when planning was never tried. */
  triedAt: time.nullable(),
  nextAt: time.nullable(),
});

export const detailSchema = queryRowSchema.omit({ spark: true, summary: true }).extend({
  sourceId: z.uuid(),
  text: z.string().nullable(),
  truncated: z.boolean(),
  queryid: z.string(),
  fingerprint: z.string().nullable(),
  from: time,
  to: time,
  /** The window of the same length just before; null when it had no calls. */
  before: workSchema.nullable(),
  plan: shownPlanSchema.nullable(),
  plans: z.array(planSummarySchema),
  /** Why there is no plan, or why the newest attempt failed. */
  noPlan: noPlanSchema.nullable(),
});
export type QueryDetail = z.infer<typeof detailSchema>;

export const seriesParamsSchema = z.object({ id: z.string(), range: z.string().default("1h") });

/** One moment of a statement's history. All null where nobody looked; means and ratios also where nothing ran. */
export const pointSchema = z.object({
  at: time,
  callsPerSecond: z.number().nullable(),
  meanMs: z.number().nullable(),
  rowsPerSecond: z.number().nullable(),
  hitRatio: z.number().nullable(),
  /** Milliseconds spent reading per second. */
  readMsPerSecond: z.number().nullable(),
  readBytesPerSecond: z.number().nullable(),
  tempBytesPerSecond: z.number().nullable(),
});
export type QueryPoint = z.infer<typeof pointSchema>;

export const seriesSchema = z.object({
  bucketMs: z.number(),
  points: z.array(pointSchema),
  /** Moments at which the plan in use became another one. */
  planChanges: z.array(z.object({ at: time, label: z.string() })),
});

/** What the action `queries.explain` answers. */
export const explainResultSchema = z.object({
  planned: z.boolean(),
  /** Why there is no plan; null when there is one. */
  reason: z.string().nullable(),
  /** It is another plan than the one that was known. */
  planChanged: z.boolean(),
});
export type ExplainResult = z.infer<typeof explainResultSchema>;
