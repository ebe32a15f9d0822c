import { queryOptions } from "@tanstack/react-query";
import { getJson, readingSchema } from "#lib/api/client.ts";
import { overviewSchema } from "./schema.ts";

export const OVERVIEW_KEY = ["overview"] as const;

/** The overview of every source; also what Settings › Sources shows. */
export function overviewQuery() {
  return queryOptions({
    queryKey: OVERVIEW_KEY,
    queryFn: ({ signal }) =>
      getJson("/api/v1/overview", {}, readingSchema(overviewSchema), { signal }),
  });
}
