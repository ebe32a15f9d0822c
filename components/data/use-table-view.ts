"use client";
import { parseAsString, useQueryStates } from "nuqs";
import { useMemo } from "react";
import {
  tableParams,
  type SortDirection,
  type TableDefaults,
} from "#components/data/table-params.ts";

/** A list's view, held in the URL, so that a pasted link shows the same rows. */
export interface TableView {
  /** For the API and the query key. */
  params: Record<string, string>;
  q: string;
  sort: string;
  dir: SortDirection;
  cursor: string | null;
  range: string;
  /** Column ids to show, or null for the table's own choice. */
  cols: string[] | null;
  /** The row whose detail is open beside the list, if any. */
  sel: string | null;
  filters: Record<string, string>;
  /** Whether anything narrows the list. */
  filtered: boolean;
  /** Sets any part. Anything but the page, the columns and the selection goes back to the first page. */
  set: (change: Record<string, string | null>) => void;
  toggleSort: (id: string, firstDir?: SortDirection) => void;
  clear: () => void;
}

const OWN = ["q", "sort", "dir", "cursor", "range", "cols", "sel"];
const KEEPS_PAGE = new Set(["cursor", "cols", "sel"]);

/** `const view = useTableView({ sort: "total_time", range: "1h", filters: ["source"] })`. Give a constant object. */
export function useTableView(defaults: TableDefaults): TableView {
  const names = defaults.filters ?? [];
  const parsers = useMemo(
    () => Object.fromEntries([...OWN, ...names].map((name) => [name, parseAsString])),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the names decide, not the array's identity
    [names.join()],
  );
  const [texts, setTexts] = useQueryStates(parsers);
  const params = tableParams(defaults, texts);
  const set: TableView["set"] = (change) => {
    const restart = Object.keys(change).some((name) => !KEEPS_PAGE.has(name));
    // Each page is a step back in the browser's history; typing a filter is not.
    void setTexts(
      { ...(restart ? { cursor: null } : {}), ...change },
      { history: "cursor" in change || "sel" in change ? "push" : "replace" },
    );
  };
  const sort = params["sort"]!;
  const dir = params["dir"] as SortDirection;
  return {
    params,
    q: texts["q"] ?? "",
    sort,
    dir,
    cursor: texts["cursor"] ?? null,
    range: params["range"] ?? "",
    cols: texts["cols"]?.split(",") ?? null,
    sel: texts["sel"] ?? null,
    filters: Object.fromEntries(names.map((name) => [name, texts[name] ?? ""])),
    filtered: Boolean(texts["q"]) || names.some((name) => texts[name]),
    set,
    toggleSort: (id, firstDir = "desc") => {
      const flipped = dir === "desc" ? "asc" : "desc";
      set({ sort: id, dir: id === sort ? flipped : firstDir });
    },
    clear: () => set(Object.fromEntries(["q", ...names].map((name) => [name, null]))),
  };
}
