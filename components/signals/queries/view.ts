import type { TableDefaults } from "#components/data/table-params.ts";

/** What the list's URL may hold; page and screen share it. */
export const queriesView: TableDefaults = {
  sort: "time",
  dir: "desc",
  range: "1h",
  filters: ["source", "database", "role"],
};

export const DEFAULT_RANGE = "1h";

/** What a statement's page asks for; page and screen build the same, so that the prefetched answer is found. */
export function queryParams(range: string | null, plan: string | null): Record<string, string> {
  return { range: range || DEFAULT_RANGE, ...(plan && { plan }) };
}

/** A statement's page, over the range one is looking at. */
export function queryHref(id: string, range: string): string {
  return `/queries/${id}${range === DEFAULT_RANGE ? "" : `?${new URLSearchParams({ range })}`}`;
}
