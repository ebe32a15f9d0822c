import { z } from "zod";
import { route } from "#lib/api/route.ts";
import { exportAudit } from "#lib/audit/export.ts";
import { listAudit } from "#lib/audit/read.ts";
import { auditPageSchema, auditParamsSchema } from "#lib/audit/schema.ts";

export const GET = route({
  path: "/api/v1/audit",
  summary: "The audit log, filtered; as one page of JSON or whole as CSV or NDJSON",
  permission: "audit.read",
  query: auditParamsSchema.extend({ format: z.enum(["json", "csv", "ndjson"]).default("json") }),
  response: auditPageSchema,
  handler: ({ query: { format, ...params } }) =>
    format === "json" ? listAudit(params, new Date()) : exportAudit(params, format, new Date()),
});
