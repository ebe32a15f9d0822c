import type { TableDefaults } from "#components/data/table-params.ts";

/** What the list's URL may hold; page and screen share it. */
export const cachesView: TableDefaults = {
  sort: "misses",
  dir: "desc",
  range: "15m",
  filters: ["source", "kind"],
};

/** What a cache page's URL may hold. `tab` is the kind of its parts. */
export const cacheView: TableDefaults = {
  sort: "misses",
  dir: "desc",
  range: "1h",
  filters: ["tab"],
};

/** What stands for each source, in the time and of the source that the list is about. */
export function mainParams({ range, source }: Record<string, string>): Record<string, string> {
  const params = { main: "true", sort: "source", dir: "asc", range: range ?? "15m" };
  return source ? { ...params, source } : params;
}

/** A cache's page, over the range one is looking at. */
export function cacheHref(id: string, range: string): string {
  const query = range === cacheView.range ? "" : `?${new URLSearchParams({ range })}`;
  return `/caches/${encodeURIComponent(id)}${query}`;
}
