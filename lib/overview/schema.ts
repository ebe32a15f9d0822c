import { z } from "zod";
import { readingSchema } from "#lib/api/schema.ts";
import { sourceKinds } from "#lib/sources/define.ts";

/** How much a collection may be trusted: `waiting` never ran, `blind` is failing now, `stale` is overdue. */
export const freshnessSchema = z.enum(["fresh", "stale", "blind", "waiting"]);
export type Freshness = z.infer<typeof freshnessSchema>;

export const problemSchema = z.object({
  signal: z.string(),
  type: z.string(),
  entity: z.string(),
  severity: z.enum(["critical", "warning", "risk"]),
  title: z.string(),
  href: z.string(),
  since: z.iso.datetime(),
});

/** The last hour of a signal's headline figure, oldest first; null where nothing was observed. */
export const trendSchema = z.object({
  label: z.string(),
  unit: z.enum(["count", "ratio"]),
  values: z.array(z.number().nullable()),
});

export const collectionSchema = z.object({
  signal: z.string(),
  title: z.string(),
  trend: trendSchema,
  freshness: freshnessSchema,
  intervalSeconds: z.number(),
  lastAttemptAt: z.iso.datetime().nullable(),
  lastSuccessAt: z.iso.datetime().nullable(),
  blindSince: z.iso.datetime().nullable(),
  durationMs: z.number().nullable(),
  /** Why the last attempt failed, when it did. */
  reason: z.string().nullable(),
  message: z.string().nullable(),
  /** What could not be read although the collection succeeded. */
  unread: z.array(z.string()),
  /** What the last success cost the target. */
  cost: z
    .object({
      statements: z.number(),
      commands: z.number(),
      targetMs: z.number(),
      bytes: z.number().nullable(),
    })
    .partial()
    .nullable(),
});

export const capabilitySchema = z.object({
  id: z.string(),
  title: z.string(),
  ok: z.boolean().nullable(),
  detail: z.string(),
  grant: z.string().optional(),
  needed: z.enum(["required", "recommended"]),
});

export const overviewSourceSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(sourceKinds),
  labels: z.record(z.string(), z.string()),
  serverVersion: z.string().nullable(),
  probedAt: z.iso.datetime().nullable(),
  capabilities: z.array(capabilitySchema),
  /** The worst of its collections. */
  freshness: freshnessSchema,
  collections: z.array(collectionSchema),
  problems: z.array(problemSchema),
});

export const overviewSchema = z.object({ sources: z.array(overviewSourceSchema) });
export const overviewReadingSchema = readingSchema(overviewSchema);

export type Overview = z.infer<typeof overviewSchema>;
export type OverviewSource = z.infer<typeof overviewSourceSchema>;
export type OverviewCollection = z.infer<typeof collectionSchema>;
export type OverviewTrend = z.infer<typeof trendSchema>;
export type OverviewProblem = z.infer<typeof problemSchema>;
