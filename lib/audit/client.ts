import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#lib/api/client.ts";
import { auditPageSchema } from "./schema.ts";

export const AUDIT_API = "/api/v1/audit";

export function auditQuery(params: Readonly<Record<string, string>>) {
  return queryOptions({
    queryKey: ["audit", "list", params] as const,
    queryFn: ({ signal }) => getJson(AUDIT_API, params, auditPageSchema, { signal }),
  });
}
