import { z } from "zod";
import { pageSchema } from "#lib/api/schema.ts";

/** What the audit list can be narrowed by. Everything is text, as in the URL. */
export const auditParamsSchema = z.object({
  /** Found in target, reason or action. */
  q: z.string().max(200).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(200).optional(),
  phase: z.enum(["intent", "outcome", "event"]).optional(),
  outcome: z.string().max(40).optional(),
  source: z.string().max(200).optional(),
  range: z.string().optional(),
  /** All events of one action run. */
  run: z.uuid().optional(),
  seq: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
  sort: z.literal("seq").optional(),
  dir: z.enum(["asc", "desc"]).default("desc"),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const auditRowSchema = z.object({
  /** Decimal text: the chain may outgrow 2^53. */
  seq: z.string(),
  at: z.iso.datetime(),
  actorId: z.string(),
  actorLogin: z.string(),
  action: z.string(),
  phase: z.enum(["intent", "outcome", "event"]),
  runId: z.string().nullable(),
  sourceName: z.string().nullable(),
  target: z.string(),
  reason: z.string().nullable(),
  outcome: z.string().nullable(),
  before: z.json().nullable(),
  after: z.json().nullable(),
  requestId: z.string().nullable(),
  prevHash: z.string(),
  hash: z.string(),
});

export const auditPageSchema = pageSchema(auditRowSchema);

export type AuditParams = z.output<typeof auditParamsSchema>;
export type AuditRow = z.output<typeof auditRowSchema>;
