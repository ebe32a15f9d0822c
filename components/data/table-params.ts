/** What a list's URL and its API request share. Everything is text, as in the URL; an absent value means the default. */
export interface TableDefaults {
  sort: string;
  dir?: SortDirection;
  range?: string;
  /** Further filters of this list, by URL name: ["state", "source"]. */
  filters?: readonly string[];
}
export type SortDirection = "asc" | "desc";

const COMMON = ["q", "sort", "dir", "cursor", "range"] as const;

/**
 * The request parameters of a list for the given URL values: known names only, defaults filled in, empty ones left out.
 * Server pages and the browser both call it, so that a prefetched query has the same key.
 */
export function tableParams(
  defaults: TableDefaults,
  values: Record<string, string | string[] | null | undefined>,
): Record<string, string> {
  const preset: Record<string, string | undefined> = {
    sort: defaults.sort,
    dir: defaults.dir ?? "desc",
    range: defaults.range,
  };
  const params: Record<string, string> = {};
  for (const name of [...COMMON, ...(defaults.filters ?? [])]) {
    const raw = values[name];
    const value = (Array.isArray(raw) ? raw[0] : raw) || preset[name];
    if (value) params[name] = value;
  }
  if (params["dir"] !== "asc") params["dir"] = "desc";
  return params;
}

/** The address of the same list as CSV: all rows of the filter, not one page. */
export function csvHref(api: string, params: Record<string, string>): string {
  const { cursor: _page, ...rest } = params;
  return `${api}?${new URLSearchParams({ ...rest, format: "csv" })}`;
}
