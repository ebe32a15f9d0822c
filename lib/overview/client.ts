import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#lib/api/client.ts";

export const OVERVIEW_KEY = ["overview"] as const;

/** The overview of every source; also what Settings › Sources shows. */
export function overviewQuery() {
  return queryOptions({ queryKey: OVERVIEW_KEY, queryFn: ({ signal }) => fetchOverview(signal) });
}

/** The schema comes with the first refetch: the first screen's data is in its HTML, checked by the server. */
async function fetchOverview(signal: AbortSignal) {
  const { overviewReadingSchema } = await import("./schema.ts");
  return getJson("/api/v1/overview", {}, overviewReadingSchema, { signal });
}
