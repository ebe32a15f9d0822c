import { type TableDefaults, tableParams } from "#components/data/table-params.ts";
import { withoutTerm } from "./search-text.ts";

/** What the URL of the search may hold; page and screen share it. `tab` is groups or letters. */
export const groupsView: TableDefaults = { sort: "dead", dir: "desc", filters: ["tab"] };
export const lettersView: TableDefaults = { sort: "failed_at", dir: "desc", filters: ["tab"] };
export const redrivesView: TableDefaults = { sort: "created_at", dir: "desc" };

export const DEFAULT_RANGE = "24h";

type Values = Record<string, string | string[] | null | undefined>;
type Params = Record<string, string>;

/** Which side of the search is shown. */
export const tabOf = (values: Values): "groups" | "letters" =>
  values["tab"] === "letters" ? "letters" : "groups";

/** Only what a read takes: another range or tab must not ask for the same rows again. */
function only(params: Params, names: readonly string[]): Params {
  return Object.fromEntries(Object.entries(params).filter(([name]) => names.includes(name)));
}

export const groupsParams = (values: Values): Params =>
  only(tableParams(groupsView, values), ["q", "sort", "dir", "cursor"]);

export const lettersParams = (values: Values): Params =>
  only(tableParams(lettersView, values), ["q", "dir", "cursor"]);

/** One row is asked for: the number of all that match comes with it. */
export const countParams = (values: Values): Params => ({
  ...only(tableParams(lettersView, values), ["q"]),
  limit: "1",
});

/** Of any time: what the search says about the time is chosen in the chart itself. */
export function arrivalsParams(values: Values): Params {
  const { q = "", ...rest } = only(tableParams({ ...lettersView, range: DEFAULT_RANGE }, values), [
    "q",
    "range",
  ]);
  const anyTime = withoutTerm(q, "failed");
  return { ...rest, ...(anyTime && { q: anyTime }) };
}

export const redrivesParams = (values: Values): Params =>
  only(tableParams(redrivesView, values), ["cursor"]);

/** The newest redrives, among which are those that still run. */
export const ACTIVE_PARAMS: Params = { limit: "20" };
